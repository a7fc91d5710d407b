/** The fault suite itself, which `npm run test:faults` runs and `npm test` does not. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['**/*.faults.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  reporters: ['default'],
};

/** The samples of other people's documents, which `npm run test:samples` runs and `npm test` does not. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['**/*.documents.ts'],
  reporters: ['default'],
};

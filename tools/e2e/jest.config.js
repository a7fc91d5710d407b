module.exports = {
  ...require('../../jest.preset.js')('e2e', __dirname),
  testTimeout: 120_000,
  maxWorkers: 1,
};

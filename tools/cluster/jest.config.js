module.exports = {
  ...require('../../jest.preset.js')('cluster', __dirname),
  testTimeout: 180_000,
  maxWorkers: 1,
};

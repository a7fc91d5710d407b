module.exports = {
  ...require('../../jest.preset.js')('services', __dirname),
  testTimeout: 180_000,
  maxWorkers: 1,
};

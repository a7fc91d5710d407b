module.exports = { ...require('../../jest.preset.js')('e2e', __dirname), testTimeout: 60_000, maxWorkers: 1 };

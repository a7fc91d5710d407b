// Most of its time goes by waiting for leases and servers.
module.exports = { ...require('../../../jest.preset.js')('adapter-typeorm', __dirname), maxWorkers: 2 };

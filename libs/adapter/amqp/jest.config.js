// Most of its time goes by waiting for leases and servers.
module.exports = { ...require('../../../jest.preset.js')('adapter-amqp', __dirname), maxWorkers: 2 };

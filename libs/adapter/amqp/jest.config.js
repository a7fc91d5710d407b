module.exports = require('../../../jest.preset.js')('adapter-amqp', __dirname);

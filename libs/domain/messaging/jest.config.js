module.exports = require('../../../jest.preset.js')('domain-messaging', __dirname);

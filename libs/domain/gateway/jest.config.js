module.exports = require('../../../jest.preset.js')('domain-gateway', __dirname);

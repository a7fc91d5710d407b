module.exports = require('../../../jest.preset.js')('domain-connection', __dirname);

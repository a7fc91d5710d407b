module.exports = require('../../../jest.preset.js')('domain-runtime', __dirname);

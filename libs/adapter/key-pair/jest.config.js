module.exports = require('../../../jest.preset.js')('adapter-key-pair', __dirname);

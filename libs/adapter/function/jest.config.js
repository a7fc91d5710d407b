module.exports = require('../../../jest.preset.js')('adapter-function', __dirname);

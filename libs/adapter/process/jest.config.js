module.exports = require('../../../jest.preset.js')('adapter-process', __dirname);

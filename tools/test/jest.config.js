module.exports = require('../../jest.preset.js')('test-command', __dirname);

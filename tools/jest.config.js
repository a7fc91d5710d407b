module.exports = require('../jest.preset.js')('tools', __dirname);

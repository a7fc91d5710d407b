module.exports = require('../../jest.preset.js')('workspace', __dirname);

module.exports = require('../../jest.preset.js')('cleanup', __dirname);

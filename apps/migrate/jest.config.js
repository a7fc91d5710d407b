module.exports = require('../../jest.preset.js')('migrate', __dirname);

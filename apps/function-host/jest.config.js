module.exports = require('../../jest.preset.js')('function-host', __dirname);

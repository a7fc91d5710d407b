module.exports = require('../../jest.preset.js')('transfer', __dirname);

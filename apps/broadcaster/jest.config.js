module.exports = require('../../jest.preset.js')('broadcaster', __dirname);

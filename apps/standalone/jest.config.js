module.exports = require('../../jest.preset.js')('standalone', __dirname);

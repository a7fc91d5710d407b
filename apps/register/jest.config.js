module.exports = require('../../jest.preset.js')('register', __dirname);

module.exports = require('../../../jest.preset.js')('adapter-jwt', __dirname);

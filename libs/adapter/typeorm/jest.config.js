module.exports = require('../../../jest.preset.js')('adapter-typeorm', __dirname);

module.exports = require('../../../jest.preset.js')('adapter-node', __dirname);

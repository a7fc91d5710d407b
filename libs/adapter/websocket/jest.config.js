module.exports = require('../../../jest.preset.js')('adapter-websocket', __dirname);

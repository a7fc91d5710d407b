module.exports = require('../../../jest.preset.js')('adapter-pino', __dirname);

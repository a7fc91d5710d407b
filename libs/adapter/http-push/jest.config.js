module.exports = require('../../../jest.preset.js')('adapter-http-push', __dirname);

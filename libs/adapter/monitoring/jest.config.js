module.exports = require('../../../jest.preset.js')('adapter-monitoring', __dirname);

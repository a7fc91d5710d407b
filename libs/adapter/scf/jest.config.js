module.exports = require('../../../jest.preset.js')('adapter-scf', __dirname);

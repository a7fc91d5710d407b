module.exports = require('../../../jest.preset.js')('adapter-tencent-scf', __dirname);

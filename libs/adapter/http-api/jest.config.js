const preset = require('../../../jest.preset.js')('adapter-http-api', __dirname);

/** The validator of OpenAPI documents is a CommonJS package on an ES module. */
const [others] = preset.transformIgnorePatterns;
module.exports = {
  ...preset,
  transformIgnorePatterns: [others.replace('(?!(', '(?!(@apidevtools/json-schema-ref-parser|')],
};

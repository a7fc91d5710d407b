const { join } = require('node:path');
const { paths } = require('./tsconfig.base.json').compilerOptions;

const moduleNameMapper = Object.fromEntries(
  Object.entries(paths).map(([alias, [file]]) => [`^${alias}$`, join(__dirname, file)]),
);

/** What every project's tests share; `jest.config.js` of a project calls it with the project's name and folder. */
module.exports = (displayName, rootDir) => ({
  displayName,
  rootDir,
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  // A machine that stands still for a second or two fails no test that promises nothing about time.
  testTimeout: 30_000,
  // Run where there is no server to be had: SQLite alone, and nothing that needs more (npm run test:unit).
  ...(process.env.TEST_SERVICES === 'none' && {
    testPathIgnorePatterns: ['/node_modules/', '\\.services\\.spec\\.ts$'],
    passWithNoTests: true,
  }),
  moduleNameMapper,
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(inversify|@inversifyjs|jose|fastify-type-provider-zod)/)'],
  reporters: ['default', [join(__dirname, 'tools/test/reporter.cjs'), { project: displayName }]],
});

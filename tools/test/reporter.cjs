const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** Jest reporter: leaves a project's counts where tools/test/test.mjs adds them up. */
module.exports = class CountReporter {
  constructor(_, { project }) {
    this.project = project;
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const folder = join(__dirname, '../../dist/test-results');
    mkdirSync(folder, { recursive: true });
    const counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
    writeFileSync(join(folder, `${this.project}.json`), JSON.stringify(counts));
  }
};

const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** Jest reporter: leaves a project's counts where the test command adds them up. */
module.exports = class CountReporter {
  constructor(_, { project }) {
    this.project = project;
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
    const folder = join(__dirname, '../../dist/test-results');
    mkdirSync(folder, { recursive: true });
    const tests = testResults.flatMap((file) => file.testResults);
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      suites: countSuites(tests.filter(({ status }) => status === 'passed')),
    };
    writeFileSync(join(folder, `${this.project}.json`), JSON.stringify(counts));
  }
};

/** How many tests passed under each title at the top. */
function countSuites(tests) {
  const counts = {};
  for (const { ancestorTitles } of tests) {
    const [title = ''] = ancestorTitles;
    counts[title] = (counts[title] ?? 0) + 1;
  }
  return counts;
}

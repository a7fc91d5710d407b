const { mkdirSync, writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { stripVTControlCharacters } = require('node:util');

const WORKSPACE = join(__dirname, '../..');

/** Jest reporter: leaves a project's counts and failures where the test command adds them up. */
module.exports = class CountReporter {
  constructor(_, { project }) {
    this.project = project;
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
    const folder = join(WORKSPACE, 'dist/test-results');
    mkdirSync(folder, { recursive: true });
    const tests = testResults.flatMap((file) => file.testResults);
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      failures: testResults.flatMap(failuresOf),
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

/** Of one file: each test that failed, or the file itself where it did not run, with what Jest says of it. */
function failuresOf({ testFilePath, testExecError, failureMessage, testResults }) {
  const file = relative(WORKSPACE, testFilePath);
  if (testExecError) return [{ test: file, message: stripVTControlCharacters(failureMessage ?? '') }];
  return testResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      test: `${file}: ${fullName}`,
      message: stripVTControlCharacters(failureMessages.join('\n')),
    }));
}

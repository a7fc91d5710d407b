// npm test: formatting, then lint, typecheck, build and test of every project, then one line that adds the tests up.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const results = join(workspace, 'dist/test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const run = (command, ...args) =>
  spawnSync(command, args, { cwd: workspace, stdio: 'inherit', env: process.env }).status === 0;

const formatted = run('prettier', '--check', '--log-level', 'warn', '.');
const checked = run('nx', 'run-many', '-t', 'lint', 'typecheck', 'build', 'test', '--output-style=static');

const counts = readdirSync(results).map((name) => JSON.parse(readFileSync(join(results, name), 'utf8')));
const sum = (of) => counts.reduce((total, count) => total + count[of], 0);

console.log(`\n${counts.length} projects with tests`);
if (!formatted) console.log('formatting differs: npm run format');
if (!checked) console.log('a check or a test failed: see above');
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(formatted && checked && sum('failed') === 0 && sum('passed') > 0 ? 0 : 1);

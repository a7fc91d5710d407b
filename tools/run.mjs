// node tools/run.mjs NAME [ARGUMENTS…]
//
// Runs tools/NAME/src/main.ts in this process, so that its exit code, signals and terminal are the tool's own. It is
// bundled into dist/tools/NAME/index.js first: as deep as tools/NAME/src, so that `../../..` from there is the
// workspace either way. The working directory is the workspace.
import { existsSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [name = '', ...args] = process.argv.slice(2);
const entry = join('tools', name, 'src/main.ts');
process.chdir(workspace);
if (name === '' || !existsSync(entry)) {
  console.error('usage: node tools/run.mjs NAME [ARGUMENTS…]   (services, test, …)');
  process.exit(2);
}

const outfile = join(workspace, 'dist/tools', name, 'index.js');
const fresh = `${outfile}.${process.pid}`;
await build({
  absWorkingDir: workspace,
  entryPoints: [entry],
  outfile: fresh,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'inline',
  tsconfig: 'tsconfig.base.json',
  logLevel: 'warning',
});
await stop();
// Whoever runs the same tool at the same time never sees half a file.
renameSync(fresh, outfile);
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, outfile, ...args];
createRequire(import.meta.url)(outfile);

// node tools/bundle/bundle.mjs PROJECT_ROOT
//
// An app becomes one self-contained CommonJS file, dist/apps/NAME/index.js, from src/main.ts: nothing of node_modules
// is needed beside it. SQLite's native library cannot be inside a JavaScript file; where an app can open SQLite it is
// put beside it as libsql.node, and loaded only when a `sqlite:` URL asks for it. So are programs that a library runs in
// processes of their own: files of its sources that are not TypeScript.
// A library becomes dist/libs/…/index.js with its packages left outside: proof that it builds on its own.
import { copyFile, cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lazyPackages } from './lazy-packages.mjs';
import { nativeSqlite } from './native-sqlite.mjs';
import { unusedParts } from './unused-parts.mjs';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const shared = {
  absWorkingDir: workspace,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  tsconfig: join(workspace, 'tsconfig.base.json'),
  logLevel: 'warning',
};

async function bundleApp(root, outdir) {
  const sqlite = nativeSqlite();
  const options = {
    ...shared,
    // Names stay: they stand in stack traces, and errors are called by the name of their class. esbuild's `keepNames`
    // would give them back to minified code with a call for each function, each time one is made.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // ws speeds itself up with these where they are installed, and does without where they are not.
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [sqlite.plugin, unusedParts],
  };
  const { metafile } = await build({
    ...options,
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(outdir, 'index.js'),
    // An error at start makes Node print the line it was thrown on: keep lines short enough to read.
    lineLimit: 200,
    metafile: true,
    plugins: [
      lazyPackages(['amqplib', 'typeorm', 'mysql2', 'libsql', 'tencentcloud-sdk-nodejs-scf'], options),
    ],
  });
  if (sqlite.used()) await copyFile(sqlite.library(), join(outdir, 'libsql.node'));
  await copyPrograms(Object.keys(metafile.inputs), outdir);
  await copyPage(root, outdir);
  return Object.values(metafile.outputs)[0].bytes;
}

/** They lie beside the bundle as beside the sources, so that `__dirname` leads to them from either. */
async function copyPrograms(sources, outdir) {
  const folders = new Set(sources.filter((source) => source.startsWith('libs/')).map(dirname));
  for (const folder of folders) {
    for (const name of await readdir(join(workspace, folder))) {
      if (['.cjs', '.py'].includes(extname(name)))
        await copyFile(join(workspace, folder, name), join(outdir, name));
    }
  }
}

/** Files that a browser asks for lie beside the bundle as they are. */
async function copyPage(root, outdir) {
  const page = join(workspace, root, 'page');
  if (await stat(page).catch(() => null)) await cp(page, join(outdir, 'page'), { recursive: true });
}

async function bundleLibrary(root, outdir) {
  const { metafile } = await build({
    ...shared,
    entryPoints: [join(root, 'src/index.ts')],
    outfile: join(outdir, 'index.js'),
    packages: 'external',
    metafile: true,
  });
  return Object.values(metafile.outputs)[0].bytes;
}

const root = process.argv[2];
if (!root) {
  console.error(
    'usage: node tools/bundle/bundle.mjs PROJECT_ROOT   (apps/register, libs/domain/connection, …)',
  );
  process.exit(2);
}
const outdir = join(workspace, 'dist', root);
await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
const bytes = await (root.startsWith('apps/') ? bundleApp : bundleLibrary)(root, outdir);
console.log(`dist/${root}/index.js  ${Math.ceil(bytes / 1024)} KB`);

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * esbuild plugin: lets libsql load its native library from beside the bundle instead of from node_modules. The
 * library is that of the machine which builds.
 */
export function nativeSqlite() {
  let used = false;
  return {
    used: () => used,
    library: () => require.resolve(targetPackage()),
    plugin: {
      name: 'native-sqlite',
      setup(build) {
        build.onLoad({ filter: /node_modules\/libsql\/index\.js$/ }, async ({ path }) => {
          used = true;
          return { contents: withLibraryBeside(await readFile(path, 'utf8')), loader: 'js' };
        });
        build.onResolve({ filter: /^\.\/libsql\.node$/ }, ({ path }) => ({ path, external: true }));
      },
    },
  };
}

function targetPackage() {
  const libc = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';
  return `@libsql/${process.platform}-${process.arch}${process.platform === 'linux' ? `-${libc}` : ''}`;
}

function withLibraryBeside(source) {
  const start = source.indexOf('function requireNative()');
  const end = source.indexOf('\n}\n', start);
  if (start < 0 || end < 0)
    throw new Error('libsql no longer has requireNative(): tools/bundle/native-sqlite.mjs');
  const body = `function requireNative() {
  try {
    return require('./libsql.node');
  } catch (cause) {
    throw new Error('a sqlite: database needs the file libsql.node of the build beside index.js', { cause });
  }`;
  return source.slice(0, start) + body + source.slice(end);
}

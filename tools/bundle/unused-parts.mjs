import { readFile } from 'node:fs/promises';

const usedDrivers = /\/(mysql|better-sqlite3|sqlite-abstract|types)\//;

/** esbuild plugin: leaves out what libraries carry along and adapter/typeorm never uses, a third of a function's size. */
export const unusedParts = {
  name: 'unused-parts',
  setup(build) {
    // TypeORM imports every driver it knows: the others become empty classes.
    build.onLoad({ filter: /node_modules\/typeorm\/driver\/[^/]+\/[^/]+\.js$/ }, async ({ path }) => {
      if (usedDrivers.test(path)) return null;
      const names = [...(await readFile(path, 'utf8')).matchAll(/^exports\.(\w+) = \1;/gm)].map(
        ([, name]) => name,
      );
      return {
        contents: names.map((name) => `exports.${name} = class ${name} {};`).join('\n'),
        loader: 'js',
      };
    });
    // mysql2's tables of East Asian multi-byte encodings: connections speak utf8mb4.
    build.onLoad({ filter: /node_modules\/iconv-lite\/encodings\/dbcs-data\.js$/ }, () => ({
      contents: 'module.exports = {};',
      loader: 'js',
    }));
  },
};

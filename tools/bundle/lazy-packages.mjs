import { brotliCompressSync, constants } from 'node:zlib';
import { build as bundle } from 'esbuild';

/**
 * esbuild plugin: a package that is imported dynamically by one of these names goes into the bundle as compressed
 * text, which is compiled when it is first asked for. As code it would be parsed at every start, called for or not, and
 * as plain text read through.
 * @param names packages that share no module with the rest of the bundle
 * @param options of the whole bundle, for theirs
 */
export function lazyPackages(names, options) {
  return {
    name: 'lazy-packages',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path, kind }) =>
        kind === 'dynamic-import' ? { path, namespace: 'lazy-package' } : null,
      );
      build.onLoad({ filter: /.*/, namespace: 'lazy-package' }, async ({ path }) => {
        const { outputFiles } = await bundle({
          ...options,
          stdin: { contents: reexport(path), resolveDir: '.' },
          write: false,
        });
        return { contents: compiledWhenAsked(path, outputFiles[0].text), resolveDir: '.', loader: 'js' };
      });
    },
  };
}

const reexport = (name) => `module.exports = require(${JSON.stringify(name)});`;

const compiledWhenAsked = (name, text) => `
  const packed = ${JSON.stringify(packed(`(function (module, exports, require) {${text}\n})`))};
  const source = require('node:zlib').brotliDecompressSync(Buffer.from(packed, 'base64')).toString();
  const filename = ${JSON.stringify(`${name} (bundled)`)};
  require('node:vm').runInThisContext(source, { filename })(module, exports, require);
`;

const packed = (text) =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).toString('base64');

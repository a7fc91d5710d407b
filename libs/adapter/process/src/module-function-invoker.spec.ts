import { readFileSync } from 'node:fs';
import { AMPLE_MS, event, FunctionFolder, until } from './testing/function-folder';

jest.setTimeout(180_000);

describe('a Node.js function', () => {
  let folder: FunctionFolder;
  beforeEach(() => (folder = new FunctionFolder()));
  afterEach(() => folder.close());

  const answerOf = (text: string): Promise<unknown> =>
    folder.module(text, { processes: 1 }).invoke(event(), AMPLE_MS);

  it.each([
    ['what it returns', '(event) => event.websocket.data', 'hello'],
    ['null for nothing', '() => {}', null],
    ['what it returns asynchronously', 'async () => 1', 1],
    ['what any promise comes to', '() => ({ then: (resolve) => resolve(2) })', 2],
    ['what it calls back at once', '(event, context, callback) => { callback(null, 3); }', 3],
    ['what it calls back later', '(event, context, callback) => setTimeout(() => callback(null, 4), 20)', 4],
    ['null for a callback of nothing', '(event, context, callback) => callback()', null],
    [
      'the first of two callbacks',
      '(event, context, callback) => { callback(null, 5); callback(null, 6); }',
      5,
    ],
    [
      'what a promise comes to rather than the callback',
      'async (event, context, callback) => { callback(null, 7); return 8; }',
      8,
    ],
    [
      'what is called back rather than returned',
      '(event, context, callback) => { callback(null, 9); return 10; }',
      9,
    ],
    ['what it returns where the callback is never called', '(event, context, callback) => 11', 11],
    [
      'null when nothing is left to call back',
      '(event, context, callback) => { setTimeout(() => {}, 20); }',
      null,
    ],
    ['what a callback is given that was not declared', 'function () { arguments[2](null, 12); }', 12],
  ])('answers %s', async (_, handler, value) => {
    const invoker = folder.module(`exports.main_handler = ${handler};`, { processes: 1 });
    for (let call = 0; call < 3; call++) expect(await invoker.invoke(event(), AMPLE_MS)).toEqual(value);
  });

  it('leaves nothing behind with callbacks, however many calls there were', async () => {
    const invoker = folder.module(
      "exports.main_handler = (event, context, callback) => void setTimeout(() => callback(null, process.listenerCount('beforeExit')), 1);",
    );
    for (let call = 0; call < 15; call++) await invoker.invoke(event(), AMPLE_MS);
    expect(await invoker.invoke(event(), AMPLE_MS)).toBeLessThanOrEqual(1);
    await invoker.close();
    expect(folder.printed).toEqual([]);
  });

  it.each([
    ['an error', "(event, context, callback) => callback(new Error('bug'))", 'threw Error: bug'],
    ['a text', "(event, context, callback) => callback('bug')", "threw 'bug'"],
    ['a value that JSON cannot carry', '() => 1n', 'threw TypeError'],
    [
      'an error that nobody caught',
      "() => { setImmediate(() => { throw new Error('bug'); }); return new Promise(() => {}); }",
      'ended with code 1',
    ],
    [
      'a rejection that nobody handled',
      "() => { Promise.reject(new Error('bug')); return new Promise(() => {}); }",
      'ended with code 1',
    ],
  ])('fails with %s', async (_, handler, message) => {
    await expect(answerOf(`exports.main_handler = ${handler};`)).rejects.toMatchObject({
      code: 'function_failed',
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['index.mjs', 'export const main_handler = async ({ websocket }) => websocket.data;'],
    [
      'index.js',
      'import { basename } from "node:path"; export const main_handler = () => basename("/x/hello");',
    ],
    ['index.mjs', 'export default { main_handler: () => "hello" };'],
    ['index.cjs', 'module.exports = { ["main" + "_handler"]: () => "hello" };'],
  ])('may be an ES module or CommonJS (%s)', async (name, text) => {
    const invoker = folder.module('', { file: folder.write(name, text) });
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe('hello');
  });

  it('finds what lies beside it, whatever its working directory', async () => {
    folder.write('part.js', 'exports.greeting = "hi";');
    folder.write('node_modules/pack/index.js', 'exports.name = "pack";');
    const text = "exports.main_handler = () => require('./part').greeting + require('pack').name;";
    expect(await folder.module(text, { workingDirectory: '/' }).invoke(event(), AMPLE_MS)).toBe('hipack');
  });

  it('is told how much time is left', async () => {
    const text = 'exports.main_handler = (event, context) => context.getRemainingTimeInMillis();';
    const left = await answerOf(text);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(AMPLE_MS);
  });

  it('ends when it needs more memory than it may, and works again', async () => {
    const text = `exports.main_handler = ({ websocket }) => {
      const kept = [];
      while (websocket.data === 'all') kept.push(new Array(1e5).fill(0).map(Math.random));
      return 1;
    };`;
    const invoker = folder.module(text, { memoryMb: 64 });
    await expect(invoker.invoke(event('all'), AMPLE_MS)).rejects.toMatchObject({
      code: 'function_failed',
      retryable: false,
    });
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(1);
  });

  it('is loaded anew when code beside it changes; a call under way ends in the old process', async () => {
    folder.write('part.js', 'exports.version = 1;');
    const text = `const { version } = require('./part');
      const { writeFileSync, existsSync } = require('node:fs');
      exports.main_handler = async ({ websocket }) => {
        if (websocket.data !== 'slow') return version;
        writeFileSync('begun.txt', '');
        while (!existsSync('go.txt')) await new Promise((resolve) => setTimeout(resolve, 10));
        return version;
      };`;
    const invoker = folder.module(text, { watch: true, processes: 1 });
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(1);
    const slow = invoker.invoke(event('slow'), AMPLE_MS);
    await until(() => {
      try {
        return readFileSync(`${folder.path}/begun.txt`, 'utf8') === '';
      } catch {
        return false;
      }
    });
    folder.write('part.js', 'exports.version = 2;');
    await until(async () => (await invoker.invoke(event(), AMPLE_MS)) === 2);
    folder.write('go.txt', '');
    expect(await slow).toBe(1);
    expect(await invoker.invoke(event(), AMPLE_MS)).toBe(2);
  });

  it('works at once when what kept it from being loaded is mended', async () => {
    const invoker = folder.module('exports.main_handler = (', { watch: true });
    await folder.logged('a function cannot be loaded');
    await invoker.invoke(event(), AMPLE_MS).catch(() => undefined);
    folder.write('index.js', 'exports.main_handler = () => 1;');
    await until(async () => (await invoker.invoke(event(), AMPLE_MS).catch(() => 0)) === 1);
  });
});

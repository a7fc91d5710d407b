import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script that calls runProcess with `start`, sends the signals once it says "up", and gives code and output. */
async function run(start: string, ...signals: NodeJS.Signals[]): Promise<Outcome> {
  return runWithin(60_000, start, ...signals);
}

async function runWithin(graceMs: number, start: string, ...signals: NodeJS.Signals[]): Promise<Outcome> {
  const script = `
    const { transformSync } = require('@swc/core');
    const source = require('node:fs').readFileSync(${JSON.stringify(join(__dirname, 'run-process.ts'))}, 'utf8');
    const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
    const module_ = { exports: {} };
    new Function('require', 'exports', transformSync(source, options).code)(require, module_.exports);
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    setInterval(() => undefined, 1_000);
    module_.exports.runProcess(async (fail) => { ${start} }, ${graceMs}).then(() => console.log('up'));
  `;
  const child = spawn(process.execPath, ['-e', script], { cwd: join(__dirname, '../../../..') });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  child.stdout.on('data', () => {
    for (const signal of signals.splice(0)) child.kill(signal);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('runProcess', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'stops at %s and exits with 0 when all is done',
    async (signal) => {
      const stop = "stop: async () => { await wait(50); console.log('done'); }";
      expect(await run(`return { ${stop} };`, signal)).toEqual({ code: 0, output: 'up\ndone\n' });
    },
  );

  it('exits with 1 when stopping takes too long', async () => {
    const { code, output } = await runWithin(1_500, 'return { stop: () => wait(60_000) };', 'SIGTERM');
    expect([code, output]).toEqual([1, expect.stringContaining('not stopped 1500 ms after SIGTERM')]);
  });

  it('exits with 1 when stopping fails, and says why', async () => {
    const { code, output } = await run(
      "return { stop: () => Promise.reject(new Error('disk full')) };",
      'SIGTERM',
    );
    expect([code, output]).toEqual([1, 'up\ndisk full\n']);
  });

  it('ends at once at a further signal later on', async () => {
    const again = "setTimeout(() => process.kill(process.pid, 'SIGINT'), 700)";
    const { code, output } = await run(`return { stop: () => (${again}, wait(60_000)) };`, 'SIGTERM');
    expect([code, output]).toEqual([1, expect.stringContaining('ending at once')]);
  });

  it('stops in good order when the signal comes while it starts', async () => {
    const starting = "console.log('starting'); await wait(100);";
    const running = "return { stop: async () => console.log('done') };";
    const { code, output } = await run(`${starting} ${running}`, 'SIGTERM');
    expect([code, output.split('\n').sort()]).toEqual([0, ['', 'done', 'starting', 'up']]);
  });

  it('takes a signal that reaches it twice, as from a terminal through npm, for one', async () => {
    const stop = "stop: async () => { await wait(50); console.log('done'); }";
    expect(await run(`return { ${stop} };`, 'SIGINT', 'SIGINT')).toEqual({ code: 0, output: 'up\ndone\n' });
  });

  it('stops and exits with 1 when the app cannot go on, and says why', async () => {
    const stop = "stop: async () => console.log('done')";
    const { code, output } = await run(`setTimeout(() => fail('lease lost'), 50); return { ${stop} };`);
    expect([code, output.split('\n').sort()]).toEqual([1, ['', 'done', 'lease lost', 'up']]);
  });

  it('reloads at SIGHUP, one time after the other, and goes on where that fails', async () => {
    const reload = `reload: async () => {
      const n = ++reloads;
      console.log('begin ' + n);
      await wait(50);
      console.log('end ' + n);
      if (n === 1) throw new Error('bad certificate');
      process.kill(process.pid, 'SIGTERM');
    }`;
    const hangup = "process.kill(process.pid, 'SIGHUP')";
    const twice = `let reloads = 0; setTimeout(() => { ${hangup}; setTimeout(() => ${hangup}, 20); }, 50);`;
    const { code, output } = await run(
      `${twice} return { ${reload}, stop: async () => console.log('done') };`,
    );
    expect([code, output.replace('bad certificate\n', '')]).toEqual([
      0,
      'up\nbegin 1\nend 1\nbegin 2\nend 2\ndone\n',
    ]);
    expect(output).toContain('bad certificate\n');
  });

  it('goes on at SIGHUP when there is nothing to reload, and when it is stopping', async () => {
    const stop =
      "stop: async () => { process.kill(process.pid, 'SIGHUP'); await wait(200); console.log('done'); }";
    const reload = "reload: async () => console.log('reloaded')";
    const hangup =
      "process.kill(process.pid, 'SIGHUP'); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 200);";
    const idle = await run(
      `setTimeout(() => { ${hangup} }, 50); return { stop: async () => console.log('done') };`,
    );
    expect(idle).toEqual({ code: 0, output: 'up\ndone\n' });
    expect(await run(`return { ${stop}, ${reload} };`, 'SIGTERM')).toEqual({ code: 0, output: 'up\ndone\n' });
  });

  it('prints in its message alone what makes it impossible to start', async () => {
    expect(await run("throw new Error('PORT is malformed');")).toEqual({
      code: 1,
      output: 'PORT is malformed\n',
    });
  });
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, running } from '@sendback/tools/services/testing';

const RUN = resolve(__dirname, '../../run.mjs');
const PATIENCE_MS = 90_000;

describe('npm run cluster', () => {
  let folder: string;
  let tool: ChildProcess;
  let output: string;
  let started: number[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const env = { PATH: process.env['PATH'], TMPDIR: folder };
    const args = [RUN, 'cluster', '--broadcasters', '1'];
    tool = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    output = '';
    for (const stream of [tool.stdout, tool.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    await says(/Ctrl-C stops it/);
    started = descendants(tool.pid!);
  });
  afterEach(() => {
    tool.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('says where everything is, and stops it at Ctrl-C with 0', async () => {
    for (const name of ['WebSocket ', 'reverse push', 'HTTP API', 'database', 'queue', 'metrics'])
      expect(output).toMatch(new RegExp(`^cluster +\\| ${name} +\\S`, 'm'));
    expect(output).toMatch(/^broadcaster-1 +\| \{"level":"info"/m);
    expect(output).not.toContain('broadcaster-2');
    const exit = once(tool, 'exit');
    tool.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await expectNothingLeft();
  });

  it('stops it with 1, and says why, when a process ends by itself', async () => {
    const pid = Number(/function-host-2, pid (\d+)/.exec(output)?.[1]);
    const exit = once(tool, 'exit');
    process.kill(pid, 'SIGKILL');
    expect(await exit).toEqual([1, null]);
    expect(output).toContain('function-host-2 was ended by SIGKILL');
    expect(output).toMatch(/gateway +\| .*"draining"/);
    await expectNothingLeft();
  });

  async function says(pattern: RegExp): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !pattern.test(output);) {
      if (tool.exitCode !== null || Date.now() > end) throw new Error(`it did not start:\n${output}`);
      await pause(50);
    }
  }

  async function expectNothingLeft(): Promise<void> {
    expect(started.length).toBeGreaterThan(7);
    const left = (): unknown[] => [
      ...readdirSync(folder),
      ...running().filter(({ pid }) => started.includes(pid)),
    ];
    for (const end = Date.now() + PATIENCE_MS; left().length > 0 && Date.now() < end;) await pause(50);
    expect(left()).toEqual([]);
  }
});

describe('npm run cluster, asked for something else', () => {
  const run = async (...args: string[]): Promise<[number, string]> =>
    new Promise((done) => {
      execFile(process.execPath, [RUN, 'cluster', ...args], (error, stdout, stderr) =>
        done([error ? Number(error.code) : 0, stdout + stderr]),
      );
    });

  it('explains itself', async () => {
    expect(await run('--help')).toEqual([0, expect.stringContaining('--broadcasters')]);
  });

  it.each([
    [['--broadcasters', '0']],
    [['--broadcasters', 'two']],
    [['--port', '65536']],
    [['--nodes', '3']],
  ])('refuses %j', async (args) => {
    expect(await run(...args)).toEqual([2, expect.stringContaining('usage: npm run cluster')]);
  });
});

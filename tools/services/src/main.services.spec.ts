import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, running } from './testing/processes';

const RUN = resolve(__dirname, '../../run.mjs');
const PATIENCE_MS = 60_000;

describe('npm run services', () => {
  let folder: string;
  let tool: ChildProcess;
  let urls: string[];
  let started: number[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const env = { PATH: process.env['PATH'], TMPDIR: folder };
    tool = spawn(process.execPath, [RUN, 'services'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    urls = [];
    for await (const line of createInterface({ input: tool.stdout! })) {
      const url = /^export TEST_\w+_URL='(.*)'$/.exec(line)?.[1];
      if (url !== undefined && urls.push(url) === 2) break;
    }
    started = descendants(tool.pid!);
  });
  afterEach(() => {
    tool.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves nothing behind after SIGTERM', async () => {
    expect(urls).toEqual([expect.stringMatching(/^mysql:/), expect.stringMatching(/^amqp:/)]);
    expect(started.length).toBeGreaterThanOrEqual(4);
    expect(readdirSync(folder)).toHaveLength(2);
    const exit = once(tool, 'exit');
    tool.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await expectNothingLeft();
  });

  it('leaves nothing behind after a kill -9', async () => {
    tool.kill('SIGKILL');
    await expectNothingLeft();
  });

  async function expectNothingLeft(): Promise<void> {
    const left = (): unknown[] => [
      ...readdirSync(folder),
      ...running().filter(({ pid }) => started.includes(pid)),
    ];
    for (const end = Date.now() + PATIENCE_MS; left().length > 0 && Date.now() < end;) await pause(50);
    expect(left()).toEqual([]);
  }
});

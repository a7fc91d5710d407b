import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { CountingFunctions } from './counting-functions';
import { eventually } from './eventually';
import { GatewayNode } from './gateway-node';
import { print } from './report';
import { tableOf } from './table';

jest.setTimeout(300_000);

const MESSAGES = 8_000;
const BYTES = 64 * 1024;
/** After so many, those who read have to have read: nobody is slow because this process is. */
const STRIDE = 32;
const TOO_SLOW = 4001;
const MOST_MIB = 64;

const textOf = (number: number): string => `${number} `.padEnd(BYTES, 'x');

/** Counts what it gets, from 0 on. */
class Reader {
  next = 0;
  amiss = 0;
  closeCode: number | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      if (data.length !== BYTES || Number.parseInt(data.toString('latin1', 0, 8), 10) !== this.next)
        this.amiss++;
      this.next++;
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => (this.closeCode = code));
  }

  static async connect(url: string): Promise<Reader> {
    const reader = new Reader(new WebSocket(url, { perMessageDeflate: false }));
    await once(reader.socket, 'open', { signal: AbortSignal.timeout(30_000) });
    return reader;
  }
}

function rssMib(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

describe('a client that stops reading', () => {
  let folder: string;
  let functions: CountingFunctions;
  let node: GatewayNode;
  let readers: Reader[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-slow-'));
    functions = await new CountingFunctions().start();
    const databaseUrl = `sqlite:${join(folder, 'gateway.db')}`;
    const apiId = `api-${'510ae0'.repeat(6)}`;
    node = await GatewayNode.start({ name: 'gateway', folder, databaseUrl, apiId, functions });
    readers = [];
    for (let n = 0; n < 4; n++) readers.push(await Reader.connect(node.websocket));
  });
  afterEach(async () => {
    for (const { socket } of readers) socket.terminate();
    await node.kill();
    await functions.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is closed as too slow, costs the gateway little memory, and others get everything in order', async () => {
    const [stuck, late, ...lively] = readers as [Reader, Reader, ...Reader[]];
    const [stuckId = '', lateId = ''] = functions.registered;
    for (const { socket } of [stuck, late]) socket.pause();
    const before = rssMib(node.running.pid);
    let peak = before;
    let gone: readonly string[] = [];
    for (let number = 0; number < MESSAGES; number++) {
      gone = await node.pushToAll(functions.registered, textOf(number));
      if (gone.includes(lateId)) late.socket.resume();
      if (number % STRIDE !== STRIDE - 1) continue;
      peak = Math.max(peak, rssMib(node.running.pid));
      while (lively.some(({ next }) => next <= number)) await new Promise((go) => setTimeout(go, 1));
    }
    await eventually(30_000, 'the slow ones were cleaned up', () => functions.cleaned.length === 2);
    const row = {
      case: 'slow reader',
      pushed: `${MESSAGES} × ${BYTES / 1024} KiB`,
      'others got': lively.map(({ next }) => next).join(' '),
      amiss: lively.reduce((sum, { amiss }) => sum + amiss, late.amiss),
      'close codes in cleanups': functions.cleaned.map(({ closeCode }) => closeCode).join(' '),
      'close code to who read on': late.closeCode ?? 'none',
      'it had got': late.next,
      'memory before MiB': before.toFixed(0),
      'grew by MiB': (peak - before).toFixed(0),
    };
    print(['', ...tableOf([row])]);
    expect(lively.map(({ next, amiss }) => [next, amiss])).toEqual(lively.map(() => [MESSAGES, 0]));
    expect(gone).toEqual([stuckId, lateId]);
    expect(functions.cleaned.map(({ closeCode }) => closeCode)).toEqual([`${TOO_SLOW}`, `${TOO_SLOW}`]);
    expect([late.closeCode, late.amiss]).toEqual([TOO_SLOW, 0]);
    expect(peak - before).toBeLessThan(MOST_MIB);
  });
});

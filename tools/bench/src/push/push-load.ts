import { Agent, request } from 'node:http';
import { HttpPusher } from '@sendback/adapter/http-push';
import { ConsoleLog, SystemClock } from '@sendback/adapter/node';
import { textOf } from '../fanout/message';
import { takeOrders } from '../fanout/tool-server';

/** The argument that makes the tool a process that pushes. */
export const PUSH_LOAD = 'push-load';

/** What is pushed in a message. */
export const BYTES = 128;

export interface PushOrders {
  /** The reverse push address. */
  readonly address: string;
  /** Pushes go to each in its turn; so many that those in flight are to different ones. */
  readonly ids: readonly string[];
  /** The number of the first message. */
  readonly from: number;
  readonly inFlight: number;
  readonly ms: number;
}

export interface Pushed {
  /** All of them answered with 200. */
  readonly pushes: number;
  readonly seconds: number;
}

/** Gives a message to a connection. @throws Error when it was not delivered */
type Push = (connectionId: string, number: number) => Promise<void>;

/** Pushes in the single form, in the ways that there are. */
export function servePushLoad(): void {
  const order =
    (ways: (orders: PushOrders) => { push: Push; close: () => unknown }) =>
    async (body: Buffer): Promise<Pushed> => {
      const orders = JSON.parse(body.toString()) as PushOrders;
      const { push, close } = ways(orders);
      try {
        return await drive(orders, push);
      } finally {
        await close();
      }
    };
  takeOrders({ '/pusher': order(pusher), '/keep-alive': order(keepAlive), '/sequential': order(sequential) });
  process.on('SIGTERM', () => process.exit());
}

/** Each in flight goes on with the next of its own clients, so that what a client gets is in order. */
async function drive({ ids, from, inFlight, ms }: PushOrders, push: Push): Promise<Pushed> {
  const began = performance.now();
  let pushes = 0;
  const line = async (first: number): Promise<void> => {
    for (let n = first; performance.now() - began < ms; n += inFlight) {
      await push(ids[n % ids.length] ?? '', from + n);
      pushes++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, n) => line(n)));
  return { pushes, seconds: (performance.now() - began) / 1_000 };
}

/** As transfer function and broadcaster push. */
function pusher({ address }: PushOrders): { push: Push; close: () => unknown } {
  const log = new ConsoleLog(process.stderr);
  const ours = new HttpPusher({ defaultAddress: address, log, clock: new SystemClock() });
  const push: Push = async (connectionId, number) => {
    const payload = { dataType: 'text', data: textOf(number, BYTES) } as const;
    const report = await ours.push({ pushAddress: null, connectionIds: [connectionId] }, [
      { messageId: `m${number}`, payload },
    ]);
    const { gone, slow, failed } = report;
    if (gone.length + slow.length + failed.length > 0) throw new Error(JSON.stringify(report));
  };
  return { push, close: () => ours.close() };
}

/** As anybody would with Node.js alone. */
function keepAlive({ address, inFlight }: PushOrders): { push: Push; close: () => unknown } {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const push: Push = (id, number) => post(new URL(address), agent, bodyOf(id, number));
  return { push, close: () => agent.destroy() };
}

/** As the samples' `requests.post(…)` in a loop: a connection for each push. */
function sequential({ address }: PushOrders): { push: Push; close: () => unknown } {
  const push: Push = (id, number) => post(new URL(address), false, bodyOf(id, number));
  return { push, close: () => undefined };
}

/** As our pusher writes it. */
function bodyOf(connectionId: string, number: number): string {
  return JSON.stringify({
    websocket: {
      action: 'data send',
      secConnectionID: connectionId,
      dataType: 'text',
      data: textOf(number, BYTES),
      messageId: `m${number}`,
    },
  });
}

function post(url: URL, agent: Agent | false, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(text))));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

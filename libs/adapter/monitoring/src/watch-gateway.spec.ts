import { type Api, CloseCode, Gateway, UNLIMITED } from '@sendback/domain/gateway';
import {
  MemoryClientSocket,
  MemoryConnectionIds,
  MemoryFunctionInvoker,
  MemoryNodeForwarder,
  MemorySessionLedger,
} from '@sendback/domain/gateway/testing';
import { ManualClock, MemoryLog, SequentialIds, settle } from '@sendback/domain/runtime/testing';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';
import { watchGateway } from './watch-gateway';

const clock = new ManualClock();

function apiOf(stage: string, cleanup: () => unknown): Api {
  const invoker = new MemoryFunctionInvoker(clock);
  return {
    id: `api-${stage}`,
    serviceName: 'chat',
    stage,
    path: '/websocket',
    backendTimeoutSeconds: 600,
    integrationResponse: false,
    handOversAtOnce: 1,
    limits: { all: UNLIMITED, perAddress: UNLIMITED },
    functions: {
      transfer: { invoker, timeoutMs: 1_000 },
      cleanup: { invoker: new MemoryFunctionInvoker(clock, cleanup), timeoutMs: 1_000 },
    },
  };
}

async function connect(gateway: Gateway): Promise<MemoryClientSocket> {
  const route = gateway.routes.match('/release/websocket');
  if (!route) throw new Error('no route');
  const request = { sourceIp: '10.0.2.14', headers: {}, queryString: {} };
  const admission = await gateway.admitClient.execute(route, request);
  if (admission.outcome !== 'admitted') throw new Error(admission.outcome);
  const socket = new MemoryClientSocket(admission.session);
  admission.session.open(socket);
  return socket;
}

it('connections and traffic of every API are shown', async () => {
  const ids = new SequentialIds();
  const gateway = new Gateway({
    apis: [apiOf('release', () => new Promise(() => undefined)), apiOf('test', () => null)],
    ledger: new MemorySessionLedger(),
    clock,
    ids,
    log: new MemoryLog(),
    parsePush: () => ({ connectionIds: [], messages: null }),
    nodes: { connectionIds: new MemoryConnectionIds(ids, 1), forwarder: new MemoryNodeForwarder() },
    tenureLost: () => undefined,
  });
  const metrics = new Metrics('test');
  watchGateway(gateway, metrics);
  await gateway.start('node', 'http://node');

  const [ann, bob, cat, dan] = [
    await connect(gateway),
    await connect(gateway),
    await connect(gateway),
    await connect(gateway),
  ];
  ann.says({ dataType: 'text', data: 'hello', byteLength: 5 });
  await settle();
  for (const [socket, code] of [
    [bob, CloseCode.goingAway],
    [cat, 3_999],
    [dan, 4_998],
  ] as const)
    socket.closes(code, '');
  await settle();
  const [live] = gateway.apis;
  if (!live) throw new Error('no API');
  await gateway.deliverPush.execute(live, {
    connectionIds: [...live.sessions.keys(), 'nobody'],
    messages: [
      { id: null, frame: new Uint8Array(7), except: null },
      { id: null, frame: new Uint8Array(3), except: null },
    ],
  });

  ann.stopsReading();
  await gateway.deliverPush.execute(live, {
    connectionIds: [...live.sessions.keys()],
    messages: [{ id: null, frame: new Uint8Array(9), except: null }],
  });
  await clock.advance(2_000);

  const shown = await scrape(metrics, 'sendback_gateway_');
  const of = (name: string, api: string, label = ''): number | undefined =>
    shown[`sendback_gateway_${name}{api="/${api}/websocket"${label}}`];
  expect([of('connections', 'release'), of('connections', 'test')]).toEqual([1, 0]);
  expect([of('cleanups_pending', 'release'), of('cleanups_pending', 'test')]).toEqual([3, 0]);
  expect(of('connects_total', 'release', ',outcome="admitted"')).toBe(4);
  expect(of('connects_total', 'test', ',outcome="refused"')).toBe(0);
  expect(of('closes_total', 'release', ',code="1001"')).toBe(1);
  expect(of('closes_total', 'release', ',code="other"')).toBe(2);
  expect(of('messages_total', 'release', ',direction="in"')).toBe(1);
  expect(of('message_bytes_total', 'release', ',direction="in"')).toBe(5);
  expect(of('messages_total', 'release', ',direction="out"')).toBe(3);
  expect(of('message_bytes_total', 'release', ',direction="out"')).toBe(19);
  expect([of('buffered_bytes', 'release'), of('buffered_bytes', 'test')]).toEqual([9, 0]);
  expect(of('push_recipients_total', 'release', ',outcome="delivered"')).toBe(2);
  expect(of('push_recipients_total', 'release', ',outcome="gone"')).toBe(1);
  expect(shown['sendback_gateway_lease_age_seconds{}']).toBe(2);
  expect(Object.keys(shown)).toHaveLength(37);
  const drained = gateway.drain({ windowMs: 0, graceMs: 0 });
  await clock.advance(0);
  await drained;
  expect(await scrape(metrics, 'sendback_gateway_lease')).toEqual({});
});

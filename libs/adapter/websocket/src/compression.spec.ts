import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, type Zlib } from 'node:zlib';
import { WebSocket } from 'ws';
import { acceptableOffer } from './compression';
import {
  Client,
  clientFrame,
  type RawClient,
  RealGateway,
  until,
  upgradeRequest,
} from './testing/real-gateway';

jest.setTimeout(60_000);

const PLAIN = 'permessage-deflate';
const LIMITED = `${PLAIN}; server_max_window_bits=12`;
/** Its types leave it out. */
const { prototype: inflateRaw } = jest.requireActual<{ InflateRaw: { prototype: Zlib } }>(
  'node:zlib',
).InflateRaw;
const LONG = 'all work and no play '.repeat(200);

describe('an offer of compression', () => {
  it.each<[string | undefined, string | null]>([
    ['permessage-deflate', PLAIN],
    ['permessage-deflate; client_max_window_bits', PLAIN],
    ['permessage-deflate; client_max_window_bits=10; client_no_context_takeover', PLAIN],
    ['permessage-deflate ; server_no_context_takeover', PLAIN],
    ['permessage-deflate; server_max_window_bits=12', LIMITED],
    ['permessage-deflate; server_max_window_bits="15"', LIMITED],
    ['x-other, permessage-deflate', PLAIN],
    ['permessage-deflate; server_max_window_bits=9, permessage-deflate', PLAIN],
    ['permessage-deflate; server_max_window_bits=11', null],
    ['permessage-deflate; server_max_window_bits', null],
    ['permessage-deflate; server_max_window_bits=012', null],
    ['permessage-deflate; client_max_window_bits=7', null],
    ['permessage-deflate; client_max_window_bits=16', null],
    ['permessage-deflate; server_no_context_takeover=1', null],
    ['permessage-deflate; client_no_context_takeover; client_no_context_takeover', null],
    ['permessage-deflate; unheard_of', null],
    ['permessage-deflate; constructor', null],
    ['permessage-deflate;', null],
    ['permessage-bzip2', null],
    [',,;=";', null],
    ['', null],
    [undefined, null],
  ])('%j leaves %j to negotiate', (header, left) => {
    expect(acceptableOffer(header)).toBe(left);
  });
});

describe('compression', () => {
  let g: RealGateway;
  const begin = async (compression: boolean): Promise<void> => {
    g = await new RealGateway({ listener: { compression, maxMessageBytes: 10_000 } }).start();
  };
  afterEach(() => g.stop());

  const clients: WebSocket[] = [];
  afterEach(() => {
    for (const ws of clients.splice(0)) ws.terminate();
  });

  const connect = async (offer: object | boolean): Promise<Client> => {
    const ws = new WebSocket(`ws://127.0.0.1:${g.port}/release/websocket`, { perMessageDeflate: offer });
    clients.push(ws);
    const client = new Client(ws);
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
    client.id = g.lastConnectionId;
    return client;
  };
  const raw = async (offer: string): Promise<RawClient> => {
    const client = g.raw();
    client.write(upgradeRequest(undefined, { 'Sec-WebSocket-Extensions': offer }));
    await until(() => client.text.includes('\r\n\r\n'));
    return client;
  };
  const push = async (id: string, ...texts: readonly string[]): Promise<void> => {
    const messages = texts.map((data) => ({ dataType: 'text', data }));
    const { body } = await g.push({ action: 'data send', secConnectionIDs: [id], messages });
    expect(body).toMatchObject({ errNo: 0, gone: [], slow: [] });
  };

  it('is not agreed on when it is off, and clients that offer it work as they are', async () => {
    await begin(false);
    const ann = await connect(true);
    expect(ann.ws.extensions).toBe('');
    ann.ws.send(LONG);
    await push(ann.id, LONG);
    await until(() => ann.received.length === 1 && g.handedOver.length === 1);
    expect([ann.received, g.handedOver]).toEqual([[LONG], [LONG]]);
  });

  it.each([
    ['what ws offers', { threshold: 0 }],
    ['a smaller window for both', { threshold: 0, serverMaxWindowBits: 12, clientMaxWindowBits: 9 }],
  ])('carries messages both ways, with %s', async (_, offer) => {
    await begin(true);
    const ann = await connect(offer);
    expect(ann.ws.extensions).toBe('permessage-deflate');
    for (const text of [LONG, 'short', LONG.slice(7)]) ann.ws.send(text);
    await push(ann.id, LONG, 'short', LONG.slice(7));
    await push(ann.id, LONG);
    await until(() => ann.received.length === 4 && g.handedOver.length === 3);
    expect(ann.received).toEqual([LONG, 'short', LONG.slice(7), LONG]);
    expect(g.handedOver).toEqual([LONG, 'short', LONG.slice(7)]);
  });

  it('keeps no context on either side', async () => {
    await begin(true);
    const client = await raw('permessage-deflate; client_max_window_bits');
    const [, extensions = ''] = /^Sec-WebSocket-Extensions: (.*)\r$/m.exec(client.text) ?? [];
    expect(extensions.split('; ').sort()).toEqual([
      'client_no_context_takeover',
      'permessage-deflate',
      'server_no_context_takeover',
    ]);
  });

  it('keeps nothing to decompress with between messages', async () => {
    await begin(true);
    const released = jest.spyOn(inflateRaw, 'close');
    const client = await raw('permessage-deflate');
    for (let n = 1; n <= 3; n++) {
      client.write(
        clientFrame(1, deflateRawSync(LONG, { finishFlush: constants.Z_SYNC_FLUSH }), { rsv1: true }),
      );
      await until(() => g.handedOver.length === n);
      expect(released).toHaveBeenCalledTimes(n);
    }
    expect(g.handedOver).toEqual([LONG, LONG, LONG]);
    released.mockRestore();
  });

  it('answers a limit of the window that it keeps to with its own', async () => {
    await begin(true);
    expect((await raw('permessage-deflate; server_max_window_bits=14')).text).toContain(
      'server_max_window_bits=12',
    );
  });

  it('is left out where all that is offered asks for what we do not do', async () => {
    await begin(true);
    const client = await raw('permessage-deflate; server_max_window_bits=9');
    expect(client.text).toContain('101 Switching Protocols');
    expect(client.text).not.toContain('Sec-WebSocket-Extensions');
    await push(g.lastConnectionId, LONG);
    await until(() => client.text.includes(LONG));
  });

  it('makes frames smaller, marks them, and leaves out those below the threshold or that do not shrink', async () => {
    await begin(true);
    const client = await raw('permessage-deflate');
    const head = client.bytes.length;
    const messages = [
      { dataType: 'text', data: 'x'.repeat(1_023) },
      { dataType: 'binary', data: randomBytes(2_000).toString('base64') },
      { dataType: 'text', data: LONG },
    ];
    await g.push({ action: 'data send', secConnectionIDs: [g.lastConnectionId], messages });
    const [second, third] = [4 + 1_023, 4 + 1_023 + 4 + 2_000];
    await until(() => client.bytes.length > head + third + 4);
    const [short, incompressible, long] = [0, second, third].map((at) => client.bytes[head + at]);
    expect([short, incompressible, long]).toEqual([0x81, 0x82, 0xc1]);
    expect(client.bytes.length - head).toBeLessThan(third + LONG.length / 10);
  });

  it('goes on plain, in order, past what may be compressed in one turn', async () => {
    await begin(true);
    const ann = await connect(true);
    const texts = Array.from({ length: 40 }, (_, i) => `${i} `.repeat(10_000));
    await push(ann.id, ...texts, 'x'.repeat(500_000));
    await until(() => ann.received.length === 41);
    expect(ann.received).toEqual([...texts, 'x'.repeat(500_000)]);
  });

  it('closes with 1009 on a message that is too large once it is decompressed', async () => {
    await begin(true);
    const client = await raw('permessage-deflate');
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(65_536);
    client.write(clientFrame(1, bomb, { rsv1: true }));
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1009');
    expect(client.bytes.readUInt16BE(client.bytes.length - 2)).toBe(1009);
    expect(g.handedOver).toEqual([]);
  });

  it('closes with 1007 on a message that does not decompress', async () => {
    await begin(true);
    const client = await raw('permessage-deflate');
    client.write(clientFrame(1, Buffer.from([0xff, 0xff, 0xff]), { rsv1: true }));
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1007');
    expect(client.bytes.readUInt16BE(client.bytes.length - 2)).toBe(1007);
  });

  it('takes a compressed message without that for a protocol error', async () => {
    await begin(false);
    const client = await raw('permessage-deflate');
    client.write(clientFrame(1, deflateRawSync('hello'), { rsv1: true }));
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1002');
  });
});

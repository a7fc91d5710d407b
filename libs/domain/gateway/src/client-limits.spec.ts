import { type ClientLimits, UNLIMITED } from './api';
import { ClientUsage } from './client-usage';
import { CloseCode } from './close-code';
import { GatewayHarness } from './testing/gateway-harness';
import { TokenBucket } from './token-bucket';

const NONE = { all: UNLIMITED, perAddress: UNLIMITED };

async function limited(of: 'all' | 'perAddress', limits: Partial<ClientLimits>): Promise<GatewayHarness> {
  return new GatewayHarness({ api: { limits: { ...NONE, [of]: { ...UNLIMITED, ...limits } } } }).started();
}

const from = (sourceIp: string): { sourceIp: string } => ({ sourceIp });

describe('the limit of connections', () => {
  it('of an address refuses the next from there, and nobody else', async () => {
    const g = await limited('perAddress', { connections: 2 });
    await g.connect(from('10.0.0.1'));
    await g.connect(from('10.0.0.1'));
    expect(await g.admit(from('10.0.0.1'))).toEqual({ outcome: 'full' });
    expect(await g.admit(from('10.0.0.2'))).toMatchObject({ outcome: 'admitted' });
  });

  it('of an API refuses whoever comes', async () => {
    const g = await limited('all', { connections: 2 });
    await g.connect(from('10.0.0.1'));
    await g.connect(from('10.0.0.2'));
    expect(await g.admit(from('10.0.0.3'))).toEqual({ outcome: 'full' });
  });

  it('takes the addresses of an IPv6 network for one', async () => {
    const g = await limited('perAddress', { connections: 1 });
    await g.connect(from('2001:db8::1'));
    expect(await g.admit(from('2001:db8::dead:beef:0:2'))).toEqual({ outcome: 'full' });
    expect(await g.admit(from('2001:db8:0:1::1'))).toMatchObject({ outcome: 'admitted' });
  });

  it('of none lets nobody in', async () => {
    const g = await limited('perAddress', { connections: 0 });
    expect(await g.admit()).toEqual({ outcome: 'full' });
  });

  it('counts those that are being admitted', async () => {
    const g = await limited('perAddress', { connections: 1 });
    let answer: (value: unknown) => void = () => undefined;
    g.onRegister = () => new Promise((resolve) => (answer = resolve));
    const first = g.admit();
    expect(await g.admit()).toEqual({ outcome: 'full' });
    answer({ errNo: 0, errMsg: 'ok' });
    expect(await first).toMatchObject({ outcome: 'admitted' });
  });

  it('is free again when a client was refused, failed to register, or left', async () => {
    const g = await limited('perAddress', { connections: 1 });
    g.onRegister = () => ({ errNo: 1, errMsg: 'no' });
    expect(await g.admit()).toMatchObject({ outcome: 'refused' });
    g.onRegister = () => Promise.reject(new Error('down'));
    await expect(g.admit()).rejects.toThrow('threw');
    g.onRegister = () => ({ errNo: 0, errMsg: 'ok' });
    const { socket } = await g.connect();
    socket.vanishes();
    expect(await g.admit()).toMatchObject({ outcome: 'admitted' });
  });
});

describe('the limit of messages', () => {
  it('closes the client that exceeds it with 4002, and hands over what was within', async () => {
    const g = await limited('perAddress', { messagesPerSecond: 3 });
    const { socket } = await g.connect();
    for (const word of ['a', 'b', 'c', 'd', 'e']) g.says(socket, word);
    await g.settle();
    expect(g.handedOver).toEqual(['a', 'b', 'c']);
    expect(socket.closeFrame).toEqual({ code: CloseCode.rateExceeded, reason: 'rate exceeded' });
    expect(g.cleanups.map(({ websocket }) => websocket.closeCode)).toEqual(['4002']);
  });

  it('lets a client say as many each second for ever', async () => {
    const g = await limited('perAddress', { messagesPerSecond: 3 });
    const { socket } = await g.connect();
    for (let second = 0; second < 100; second++) {
      for (const word of ['a', 'b', 'c']) g.says(socket, word);
      await g.clock.advance(1_000);
    }
    expect(g.handedOver).toHaveLength(300);
    expect(socket.closeFrame).toBeNull();
  });

  it('of an address is shared by its connections, and no others', async () => {
    const g = await limited('perAddress', { messagesPerSecond: 2 });
    const [one, two, other] = [
      await g.connect(from('10.0.0.1')),
      await g.connect(from('10.0.0.1')),
      await g.connect(from('10.0.0.2')),
    ];
    g.says(one.socket, 'a');
    g.says(two.socket, 'b');
    g.says(two.socket, 'c');
    g.says(other.socket, 'd');
    await g.settle();
    expect([one, two, other].map(({ socket }) => socket.closeFrame?.code)).toEqual([
      undefined,
      4002,
      undefined,
    ]);
  });

  it('is not evaded by connecting anew', async () => {
    const g = await limited('perAddress', { messagesPerSecond: 2 });
    for (let i = 0; i < 2; i++) {
      const { socket } = await g.connect();
      g.says(socket, 'a');
      socket.vanishes();
    }
    const { socket } = await g.connect();
    g.says(socket, 'a');
    await g.settle();
    expect(socket.closeFrame?.code).toBe(4002);
  });

  it('of an API is shared by all', async () => {
    const g = await limited('all', { messagesPerSecond: 2 });
    const one = await g.connect(from('10.0.0.1'));
    const two = await g.connect(from('10.0.0.2'));
    for (const { socket } of [one, two, two]) g.says(socket, 'a');
    await g.settle();
    expect([one, two].map(({ socket }) => socket.closeFrame?.code)).toEqual([undefined, 4002]);
  });
});

describe('the limit of bytes', () => {
  it('closes the client that exceeds it', async () => {
    const g = await limited('perAddress', { bytesPerSecond: 100 });
    const { socket } = await g.connect();
    g.says(socket, 'a', 60);
    g.says(socket, 'b', 41);
    await g.settle();
    expect(g.handedOver).toEqual(['a']);
    expect(socket.closeFrame?.code).toBe(4002);
  });

  it('lets through one larger message, which costs what it is large', async () => {
    const g = await limited('perAddress', { bytesPerSecond: 100 });
    const { socket } = await g.connect();
    g.says(socket, 'large', 250);
    await g.clock.advance(1_600);
    g.says(socket, 'small', 5);
    await g.clock.advance(0);
    expect(socket.closeFrame).toBeNull();
    g.says(socket, 'too much', 10);
    await g.settle();
    expect(g.handedOver).toEqual(['large', 'small']);
    expect(socket.closeFrame?.code).toBe(4002);
  });
});

describe('the use of limits', () => {
  const PER_SECOND = { connections: 10, messagesPerSecond: 4, bytesPerSecond: 100 };

  it('is forgotten for an address without connections once it may say everything again', () => {
    const usage = new ClientUsage({ all: UNLIMITED, perAddress: PER_SECOND });
    const share = usage.enter('10.0.0.1');
    share.take(300, 1_000);
    usage.sweep(60_000);
    usage.leave(share);
    share.take(300, 60_000);
    usage.sweep(62_000);
    expect(usage.size).toBe(1);
    usage.sweep(63_000);
    expect(usage.size).toBe(0);
  });

  it('is remembered for an address that came back', () => {
    const usage = new ClientUsage({ all: UNLIMITED, perAddress: PER_SECOND });
    usage.leave(usage.enter('10.0.0.1'));
    usage.enter('10.0.0.1');
    usage.sweep(60_000);
    expect(usage.size).toBe(1);
  });

  it('of very many addresses that came and went takes no memory', async () => {
    const g = await limited('perAddress', PER_SECOND);
    for (let i = 0; i < 500; i++) {
      const { socket } = await g.connect(from(`10.0.${i >> 8}.${i & 255}`));
      g.says(socket, 'a');
      socket.vanishes();
    }
    await g.clock.advance(3_000);
    const { usage } = g.live as unknown as { usage: ClientUsage };
    expect(usage.size).toBe(0);
  });
});

describe('a token bucket', () => {
  it('refills at its rate, up to one second of it', () => {
    const bucket = new TokenBucket(10);
    expect(bucket.allows(10, 0)).toBe(true);
    bucket.take(10);
    expect(bucket.allows(1, 99)).toBe(false);
    expect(bucket.allows(1, 100)).toBe(true);
    expect(bucket.allows(2, 100)).toBe(false);
    expect([bucket.isFull(999), bucket.isFull(1_000)]).toEqual([false, true]);
    bucket.take(10);
    expect([bucket.allows(10, 60_000), bucket.allows(11, 60_000)]).toEqual([true, true]);
  });

  it('takes one now and then at a rate below one a second', () => {
    const bucket = new TokenBucket(0.5);
    expect(bucket.allows(1, 0)).toBe(true);
    bucket.take(1);
    expect([bucket.allows(1, 1_900), bucket.allows(1, 2_000)]).toEqual([false, true]);
  });

  it('is not confused by a clock that is set back', () => {
    const bucket = new TokenBucket(10);
    expect(bucket.allows(10, 1_000_000)).toBe(true);
    bucket.take(10);
    expect(bucket.allows(1, 0)).toBe(false);
    expect(bucket.allows(1, 100)).toBe(true);
  });

  it('without a limit is always full', () => {
    const bucket = new TokenBucket(Infinity);
    bucket.take(1e9);
    expect([bucket.allows(1e12, 0), bucket.isFull(0), bucket.isFull(5)]).toEqual([true, true, true]);
  });
});

import { RealGateway, upgradeRequest } from './testing/real-gateway';

/** As many as fit into the size that headers may have. */
const MANY = Array.from({ length: 3_000 }, () => 'a:\r\n').join('');

describe('a request with thousands of headers', () => {
  let g: RealGateway;

  afterEach(() => g.stop());

  const answer = async (lastLine: string): Promise<string> => {
    const client = g.raw();
    client.write(`${upgradeRequest().slice(0, -2)}${MANY}${lastLine}\r\n\r\n`);
    return client.all();
  };

  it('hides none of them from the checks', async () => {
    g = await new RealGateway({ api: { allowedOrigins: ['https://shop.example'] } }).start();
    expect(await answer('Host: another.example')).toContain('HTTP/1.1 400 ');
    expect(await answer('Upgrade: h2c')).toContain('HTTP/1.1 426 ');
    expect(await answer('Origin: https://evil.example')).toContain('HTTP/1.1 403 ');
    expect(g.registrations).toEqual([]);
  });

  it('hides nothing that a trusted proxy adds at the end', async () => {
    g = await new RealGateway({ listener: { trustProxy: ['loopback'] } }).start();
    g.onRegister = () => ({ errNo: 1, errMsg: 'enough' });
    const spoofed = 'X-Forwarded-For: 198.51.100.1\r\n';
    const client = g.raw();
    client.write(`${upgradeRequest().slice(0, -2)}${spoofed}${MANY}X-Forwarded-For: 203.0.113.7\r\n\r\n`);
    expect(await client.all()).toContain('HTTP/1.1 403 ');
    expect(g.registrations[0]?.requestContext.sourceIp).toBe('203.0.113.7');
  });
});

describe('a request that expects something unknown', () => {
  let g: RealGateway;

  beforeEach(async () => {
    g = await new RealGateway().start();
  });
  afterEach(() => g.stop());

  it('is answered as if it did not', async () => {
    const client = g.raw();
    client.write(
      'GET /release/websocket HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    );
    const text = await client.all();
    expect(text).toContain('HTTP/1.1 426 ');
    expect(text).toContain('{"errNo":426,');
  });
});

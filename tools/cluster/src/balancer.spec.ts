import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { Balancer } from './balancer';

describe('a load balancer', () => {
  const servers: Server[] = [];
  let balancer: Balancer;
  let port: number;
  beforeEach(async () => {
    for (const name of ['a', 'b']) {
      servers.push(createServer((socket) => void socket.on('error', () => undefined).end(name)));
    }
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    balancer = new Balancer(servers.map((server) => (server.address() as AddressInfo).port));
    port = await balancer.start(0);
  });
  afterEach(async () => {
    await balancer.stop();
    for (const server of servers.splice(0)) server.close();
  });

  const answers = async (count: number): Promise<string> => {
    const given: string[] = [];
    for (let n = 0; n < count; n++) given.push(await text(connect(port, '127.0.0.1')));
    return given.join('');
  };

  it('gives connections to each in turn', async () => {
    expect(await answers(4)).toBe('abab');
  });

  it('leaves out who does not listen, and closes the connection when nobody does', async () => {
    servers[0]?.close();
    expect(await answers(3)).toBe('bbb');
    servers[1]?.close();
    expect(await answers(1)).toBe('');
  });
});

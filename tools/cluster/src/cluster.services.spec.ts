import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { type Cluster, startCluster } from './cluster';

const PATIENCE_MS = 60_000;

/** A client and what it has been told. */
class Client {
  readonly heard: string[] = [];
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.heard.push(String(data)));
  }

  static async connect(url: string): Promise<Client> {
    const client = new Client(new WebSocket(url));
    await once(client.socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return client;
  }

  async hears(text: string): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !this.heard.includes(text);) {
      if (Date.now() > end) throw new Error(`did not hear ${text}`);
      await pause(20);
    }
  }
}

describe('a cluster', () => {
  const lost: string[] = [];
  const written = new Map<string, string>();
  let cluster: Cluster;
  let ann: Client;
  let bob: Client;
  beforeAll(async () => {
    cluster = await startCluster({
      broadcasters: 2,
      gateways: 1,
      port: null,
      hear: (name, text) => written.set(name, (written.get(name) ?? '') + text),
      lost: (name, how) => lost.push(`${name} ${how}`),
    });
    ann = await Client.connect(cluster.plan.websocket);
    bob = await Client.connect(cluster.plan.websocket);
  });
  afterAll(() => cluster.remove());

  it('carries what a client says to the others', async () => {
    ann.socket.send('hello');
    await bob.hears('hello');
  });

  it('carries what a backend says to everybody', async () => {
    const { apiUrl, apiToken } = cluster.plan;
    const response = await fetch(`${apiUrl}/broadcasts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ target: { kind: 'all' }, text: 'news' }),
    });
    expect([response.status, await response.text()]).toEqual([202, expect.any(String)]);
    await Promise.all([ann.hears('news'), bob.hears('news')]);
  });

  it('has metrics of every process', async () => {
    const { gateways, functionHosts, broadcasters, api } = cluster;
    for (const part of [...gateways, ...functionHosts, ...broadcasters, api]) {
      const response = await fetch(`${part.monitoring}/metrics`);
      expect([part.name, response.status]).toEqual([part.name, 200]);
    }
  });

  it('goes on when processes are killed, and has them back as they were', async () => {
    const { functionHosts, broadcasters } = cluster;
    const victims = [functionHosts[0]!, broadcasters[1]!];
    const before = victims.map(({ pid }) => pid);
    await Promise.all(victims.map((part) => part.kill()));
    expect(victims.map(({ pid }) => pid)).toEqual([null, null]);
    ann.socket.send('still there?');
    await bob.hears('still there?');
    await Promise.all(victims.map((part) => part.start()));
    for (const [index, { pid }] of victims.entries()) expect([null, before[index]]).not.toContain(pid);
  });

  it('does nothing in a process that is paused', async () => {
    const { api } = cluster;
    api.pause();
    const answer = fetch(`${api.monitoring}/healthz`).then(({ status }) => status);
    expect(await Promise.race([answer, pause(500, 'none')])).toBe('none');
    api.resume();
    expect(await answer).toBe(200);
    await api.restart();
    expect((await fetch(`${api.monitoring}/healthz`)).status).toBe(200);
  });

  it('tells of a process that ends by itself', async () => {
    const { broadcasters } = cluster;
    expect(lost).toEqual([]);
    process.kill(broadcasters[0]!.pid!, 'SIGKILL');
    for (const end = Date.now() + PATIENCE_MS; lost.length === 0 && Date.now() < end;) await pause(20);
    expect(lost).toEqual(['broadcaster-1 was ended by SIGKILL']);
    await broadcasters[0]!.start();
  });

  it('stops in good order, with every client told to come back', async () => {
    const closed = Promise.all([ann, bob].map(({ socket }) => once(socket, 'close')));
    const codes = await cluster.stop();
    expect(codes).toEqual({
      gateway: 0,
      'broadcaster-1': 0,
      'broadcaster-2': 0,
      api: 0,
      'function-host-1': 0,
      'function-host-2': 0,
    });
    expect((await closed).map(([code]) => code as number)).toEqual([1001, 1001]);
    const { mysql, amqp, functionHosts } = cluster;
    expect([mysql.pid, amqp.pid, ...functionHosts.map(({ pid }) => pid)]).toEqual([null, null, null, null]);
    expect(lost).toHaveLength(1);
    expect([...written.keys()].sort()).toEqual([
      'api',
      'broadcaster-1',
      'broadcaster-2',
      'function-host-1',
      'function-host-2',
      'gateway',
      'migrate',
    ]);
  });
});

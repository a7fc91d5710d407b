import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeUnreachable } from '@sendback/domain/gateway';
import { nodeForwarderContract } from '@sendback/domain/gateway/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { encodeFrame, type PreparedFrame } from './frame';
import { HttpNodeForwarder } from './http-node-forwarder';
import { PushListener } from './push-listener';

jest.setTimeout(60_000);

const frame = (text: string): PreparedFrame => encodeFrame('text', text)!;

nodeForwarderContract('over HTTP', async (gateway) => {
  const listener = new PushListener({ gateway, log: new MemoryLog(), port: 0, tokens: ['t'.repeat(32)] });
  const { port } = await listener.start();
  return {
    forwarder: new HttpNodeForwarder({ token: 't'.repeat(32) }),
    address: `http://127.0.0.1:${port}`,
    deserted: 'http://127.0.0.1:1',
    frame,
    textOf: (one) => (one as PreparedFrame).payload.data,
    close: () => listener.close(),
  };
});

describe('forwarding to what is no node, or not as it should be', () => {
  let server: Server;
  let address: string;
  let forwarder: HttpNodeForwarder;
  let answer: (requests: number) => string | null;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    forwarder = new HttpNodeForwarder({ deadlineMs: 30_000 });
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const said = answer(++requests);
        if (said === 'reset') request.socket.resetAndDestroy();
        else if (said?.startsWith('{')) response.end(said);
        else if (said) response.writeHead(Number(said), { location: '/elsewhere' }).end('{}');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    forwarder.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const ok = '{"errNo":0,"errMsg":"ok","gone":["a"],"slow":[]}';
  const forward = (): Promise<unknown> =>
    forwarder.forward({ tag: 'aa', address }, 'api-secret', {
      connectionIds: ['a', 'b'],
      messages: [{ id: '1', frame: frame('x'), except: null }],
    });

  it.each([
    ['a broken connection', 'reset'],
    ['an error', '500'],
    ['a redirection', '302'],
    ['slow, as if it were one connection', '503'],
    ['no JSON', '{'],
    ['what is no batch', '{"errNo":0,"errMsg":"ok"}'],
    ['another error number', '{"errNo":500,"gone":[],"slow":[]}'],
    ['ids that are none', '{"errNo":0,"gone":[1],"slow":[]}'],
    ['ids that nobody asked about', '{"errNo":0,"gone":["c"],"slow":[]}'],
    ['more than anybody needs', `{"errNo":0,"gone":["${'a'.repeat(2_000_000)}"],"slow":[]}`],
  ])('fails when the answer is %s, and tells no secret', async (_, said) => {
    answer = () => said;
    const failure: unknown = await forward().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NodeUnreachable);
    expect(String(failure)).not.toContain('api-secret');
  });

  it('fails when no answer comes, ever', async () => {
    forwarder.close();
    forwarder = new HttpNodeForwarder({ deadlineMs: 500 });
    answer = () => null;
    await expect(forward()).rejects.toBeInstanceOf(NodeUnreachable);
  });

  it('says it again on a fresh connection when the one that was kept had been closed, once', async () => {
    answer = () => ok;
    expect(await forward()).toEqual({ gone: ['a'], slow: [] });
    answer = (count) => (count === 2 ? 'reset' : ok);
    expect(await forward()).toEqual({ gone: ['a'], slow: [] });
    expect(requests).toBe(3);
    answer = () => 'reset';
    await expect(forward()).rejects.toBeInstanceOf(NodeUnreachable);
    expect(requests).toBeLessThan(6);
  });

  it('fails at once when it is closed meanwhile', async () => {
    answer = () => null;
    const forwarding = forward();
    await once(server, 'request');
    forwarder.close();
    await expect(forwarding).rejects.toThrow('closed');
  });
});

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal } from './answers';
import { readBody } from './push-body';

it('a body whose sender vanishes is no bug of the gateway', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pending = request({ port, method: 'POST', headers: { 'content-length': 100 } });
  pending.on('error', () => undefined).write('{');
  const failure = await new Promise<unknown>((resolve) =>
    server.on('request', (incoming) => {
      readBody(incoming, 1_000).catch(resolve);
      pending.destroy();
    }),
  );
  await new Promise((resolve) => server.close(resolve));
  expect(failure).toBeInstanceOf(Refusal);
});

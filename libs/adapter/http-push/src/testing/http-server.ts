import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly server: http.Server;
  readonly close: () => Promise<void>;
}

/** A server on a free loopback port; `answer` is called with each whole request. */
export async function startServer(
  answer: (asked: Asked, response: http.ServerResponse) => void,
): Promise<HttpServer> {
  const server = http.createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    text(request).then(
      (body) => answer({ method, path, headers, body }, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An address on which nobody listens. */
export async function refusingOrigin(): Promise<string> {
  const { origin, close } = await startServer(() => undefined);
  await close();
  return origin;
}

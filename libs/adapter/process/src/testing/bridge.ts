import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TransferEvent } from '@sendback/domain/gateway';
import type { FunctionUnderTest } from '@sendback/domain/gateway/testing';

export interface Bridge {
  readonly port: number;
  close(): Promise<void>;
}

/** Runs a spec's closure for a function in another process: 200 with the value or nothing, 500 where it throws. */
export async function startBridge(run: FunctionUnderTest): Promise<Bridge> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      try {
        const value = await run(JSON.parse(await text(request)) as TransferEvent);
        response.end(value === undefined ? '' : JSON.stringify(value));
      } catch {
        response.writeHead(500).end();
      }
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

/** The function in Node.js that asks the bridge. */
export const moduleOfBridge = (port: number): string => `
  const { request } = require('node:http');
  exports.main_handler = (event) => new Promise((resolve, reject) => {
    const post = request({ port: ${port}, host: '127.0.0.1', method: 'POST', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => {
        if (response.statusCode === 200) resolve(text === '' ? undefined : JSON.parse(text));
        else reject(new Error('status ' + response.statusCode));
      });
    });
    post.on('error', reject).end(JSON.stringify(event));
  });
`;

/** The same in Python. */
export const pythonOfBridge = (port: number): string => `
import http.client
import json

def main_handler(event, context):
    connection = http.client.HTTPConnection("127.0.0.1", ${port})
    connection.request("POST", "/", json.dumps(event).encode())
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError("status %d" % response.status)
    return json.loads(body) if body else None
`;

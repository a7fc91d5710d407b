import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { AppProcess } from './support/app-process';
import { certify } from './support/certify';
import { Client } from './support/client';
import { FunctionServer } from './support/function-server';
import { temporaryFolder } from './support/temporary-folder';

const API_ID = 'api-0123456789abcdef0123456789abcdef';
const TOKEN = 'a-token-of-more-than-32-characters';

interface Node {
  readonly app: AppProcess;
  readonly websocket: string;
  readonly push: string;
}

describe('two gateways on one ledger, whose push listeners ask for certificates and tokens', () => {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder(), name);
  let functions: FunctionServer;
  let nodes: Node[];

  const start = async (name: string): Promise<Node> => {
    const config = {
      listen: { host: '127.0.0.1', port: 0 },
      reversePush: {
        port: 0,
        tls: { cert: file('node.pem'), key: file('node.key'), clientCa: file('node.pem') },
        tokens: [TOKEN],
      },
      database: `sqlite:${file('gateway.db')}`,
      drainWindow: 0,
      apis: [{ id: API_ID, serviceName: 'chat', functions: functions.settings }],
    };
    // JSON is YAML.
    writeFileSync(file(`${name}.yaml`), JSON.stringify(config));
    const app = await AppProcess.start('gateway', { GATEWAY_CONFIG: file(`${name}.yaml`) }, /"msg":"ready"/);
    const { origin } = new URL(/"reversePush":"([^"]+)"/.exec(app.output)?.[1] ?? '');
    const websocket = /"websocket":"([^"]+)"/.exec(app.output)?.[1] ?? '';
    return { app, websocket, push: `${origin}/${API_ID}` };
  };

  beforeEach(async () => {
    certify(folder(), 'node', 'node');
    functions = await FunctionServer.start();
    nodes = [await start('a'), await start('b')];
  });
  afterEach(async () => {
    for (const { app } of nodes) await app.stop();
    await functions.stop();
  });

  const push = async (node: Node, secConnectionIDs: readonly string[], data: string): Promise<unknown> => {
    const pem = readFileSync(file('node.pem'), 'utf8');
    const sent = request(node.push, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      ca: pem,
      cert: pem,
      key: readFileSync(file('node.key'), 'utf8'),
      agent: false,
    });
    sent.end(
      JSON.stringify({ websocket: { action: 'data send', secConnectionIDs, dataType: 'text', data } }),
    );
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return json(response);
  };

  it('each reaches the clients of both, and says of both who is gone', async () => {
    const [a, b] = nodes as [Node, Node];
    const clients = [await Client.open(a.websocket), await Client.open(b.websocket)];
    const ids = functions.events.register.map(({ websocket }) => websocket['secConnectionID'] ?? '');
    for (const node of nodes) {
      expect(await push(node, ids, `by ${node.push}`)).toMatchObject({ errNo: 0, gone: [], slow: [] });
      for (const client of clients) await client.hears(`by ${node.push}`);
    }
    await b.app.stop();
    expect(await push(a, ids, 'again')).toMatchObject({ errNo: 0, gone: [ids[1]] });
    await clients[0]?.hears('again');
  });
});

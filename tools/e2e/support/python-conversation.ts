import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from './app-process';
import { Client } from './client';
import { eventually } from './database';
import { freePort } from './free-port';
import { temporaryFolder } from './temporary-folder';

const API_ID = 'api-0123456789abcdef0123456789abcdef';
const NOBODY = 'xxxx';

/** Sources of the three functions; what the transfer function is told goes to its `g_connectionID`. */
export type PythonSources = Readonly<Record<'register' | 'transfer' | 'cleanup', string>>;

/**
 * Runs functions in Python as they are, but for `g_connectionID` and `sendbackHost`.
 * @param interpreter a Python 3 that has what they import
 */
export function describePythonFunctions(
  name: string,
  sources: PythonSources,
  interpreter: () => string,
): void {
  describe(name, () => {
    const folder = temporaryFolder();
    let gateway: AppProcess;
    let websocket: string;
    let reversePush: string;

    const place = (connectionId: string): void => {
      for (const [of, source] of Object.entries(sources)) {
        const told = assign(assign(source, 'g_connectionID', connectionId), 'sendbackHost', reversePush);
        writeFileSync(join(folder(), `${of}.py`), told);
      }
    };

    beforeEach(async () => {
      const pushPort = await freePort();
      reversePush = `http://127.0.0.1:${pushPort}/${API_ID}`;
      place(NOBODY);
      const run = (of: string): object => ({
        python: join(folder(), `${of}.py`),
        interpreter: interpreter(),
        watch: true,
        timeout: 20,
      });
      const config = {
        listen: { host: '127.0.0.1', port: 0 },
        reversePush: { port: pushPort },
        database: `sqlite:${join(folder(), 'gateway.db')}`,
        compression: true,
        drainWindow: 0,
        apis: [
          {
            id: API_ID,
            serviceName: 'chat',
            functions: { register: run('register'), transfer: run('transfer'), cleanup: run('cleanup') },
          },
        ],
      };
      const file = join(folder(), 'gateway.yaml');
      // JSON is YAML.
      writeFileSync(file, JSON.stringify(config));
      gateway = await AppProcess.start('gateway', { GATEWAY_CONFIG: file }, /"msg":"ready"/);
      websocket = /"websocket":"([^"]+)"/.exec(gateway.output)?.[1] ?? '';
    });
    afterEach(() => gateway.stop());

    it('accepts a client with its sub-protocol and permessage-deflate, brings messages to the named connection, and hears of its end', async () => {
      const ann = await Client.open(websocket, ['chat'], { perMessageDeflate: true });
      expect(ann.socket.protocol).toBe('chat');
      expect(ann.socket.extensions).toContain('permessage-deflate');
      const id = (await gateway.says(/"function":"register"[^\n]*?\b([0-9a-f]{32,50})\b/))[1] ?? '';
      place(id);
      await eventually(() => {
        ann.say('to myself');
        return ann.received.includes('"to myself"');
      }, 'the changed file is in use');
      const bob = await Client.open(websocket, ['chat'], { perMessageDeflate: true });
      bob.say('héllo ann');
      await ann.hears('"h\\u00e9llo ann"');
      expect(bob.received).toEqual([]);
      ann.socket.close(1000, 'done');
      await gateway.says(/closeReason:done/);
      expect(gateway.output).toContain('closeCode:1000');
      expect(gateway.output).not.toContain('"level":"error"');
    });
  });
}

function assign(source: string, variable: string, value: string): string {
  return source.replace(
    new RegExp(`^${variable} = (["']).*?\\1`, 'm'),
    `${variable} = ${JSON.stringify(value)}`,
  );
}

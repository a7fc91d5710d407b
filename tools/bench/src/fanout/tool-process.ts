import { Agent, type IncomingMessage, request } from 'node:http';
import { GuardedProcess } from '@sendback/tools/services';

const START_MS = 60_000;
const ORDER_MS = 60_000;
/** So that one that waited for its turn is as fast as before. */
const FLAGS = ['--no-memory-reducer'];

/** A process of the tool that takes orders. */
export class ToolProcess {
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly process: GuardedProcess,
    private readonly port: number,
  ) {}

  /**
   * @param args what makes the tool that process
   * @param flags of Node.js, beside those that all have
   * @param hear is given what it writes, as it comes
   */
  static async start(
    args: readonly string[],
    flags: readonly string[] = [],
    hear: (text: string) => void = () => undefined,
  ): Promise<ToolProcess> {
    const command = {
      file: process.execPath,
      args: [...FLAGS, ...flags, process.argv[1] ?? '', ...args],
      env: {},
    };
    const child = await GuardedProcess.start(command, { hear });
    for (const end = Date.now() + START_MS; ;) {
      const [, port] = /^port (\d+)$/m.exec(child.output) ?? [];
      if (port !== undefined) return new ToolProcess(child, Number(port));
      if (child.hasEnded || Date.now() > end) throw new Error(`${args[0]} did not start:\n${child.output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get pid(): number {
    return this.process.pid;
  }

  /** @throws Error with what it says when it cannot */
  async order<T>(name: string, body: string | Buffer = ''): Promise<T> {
    const { port, agent } = this;
    const text = await post({ port, path: `/${name}`, agent }, body);
    return JSON.parse(text) as T;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await this.process.stop(10_000);
  }
}

/** @throws Error with the answer when its status says so */
export function post(
  to: { readonly port: number; readonly path: string; readonly agent: Agent },
  body: string | Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(body) };
    const options = { ...to, host: '127.0.0.1', method: 'POST', headers, timeout: ORDER_MS };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        succeeded(response) ? resolve(text) : reject(new Error(`${to.path}: ${text}`)),
      );
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`${to.path}: no answer`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

const succeeded = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { askAmqp, askMySql } from './ask-server';
import { run } from './local-server';
import { freePorts } from './ports';
import type { PrivateService } from './service';
import { watch } from './watchdog';

const READY_MS = 180_000;
const LOOK_AGAIN_MS = 500;

/** How an image is run. */
export interface Image {
  readonly image: string;
  /** On which it listens inside. */
  readonly port: number;
  readonly environment: (password: string) => Readonly<Record<string, string>>;
  readonly url: (password: string, port: number) => string;
  readonly ask: (url: string) => Promise<string>;
}

export const MARIADB: Image = {
  image: 'mariadb:10.11',
  port: 3306,
  environment: (password) => ({ MARIADB_ROOT_PASSWORD: password, MARIADB_DATABASE: 'test' }),
  url: (password, port) => `mysql://root:${password}@127.0.0.1:${port}/test`,
  ask: async (url) => (await askMySql(url)).name,
};

export const RABBITMQ: Image = {
  image: 'rabbitmq:3.13',
  port: 5672,
  environment: (password) => ({ RABBITMQ_DEFAULT_USER: 'sendback', RABBITMQ_DEFAULT_PASS: password }),
  url: (password, port) => `amqp://sendback:${password}@127.0.0.1:${port}/%2F`,
  ask: askAmqp,
};

/** Whether there is a Docker engine that answers. */
export async function dockerAnswers(): Promise<boolean> {
  return docker('info').then(
    () => true,
    () => false,
  );
}

/** A server in a container, which is removed with all it holds when this process ends. */
export class ContainerServer implements PrivateService {
  readonly pid = null;
  onEnd = null;
  name = '';

  private constructor(
    private readonly container: string,
    readonly url: string,
    private readonly ask: (url: string) => Promise<string>,
    private readonly gone: () => void,
  ) {}

  static async create({ image, port, environment, url, ask }: Image): Promise<ContainerServer> {
    const [published = 0] = await freePorts(1);
    const password = randomBytes(16).toString('hex');
    const container = `sendback-${randomBytes(8).toString('hex')}`;
    const variables = Object.entries(environment(password)).flatMap(([name, value]) => [
      '--env',
      `${name}=${value}`,
    ]);
    const gone = watch({ kind: 'container', what: container });
    const server = new ContainerServer(container, url(password, published), ask, gone);
    try {
      const publish = ['--publish', `127.0.0.1:${published}:${port}`];
      await docker('create', '--name', container, ...publish, ...variables, image);
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  async start(): Promise<void> {
    await docker('start', this.container);
    this.name = await this.answer();
  }

  async stop(): Promise<void> {
    await docker('stop', '-t', '60', this.container);
  }

  async kill(): Promise<void> {
    await docker('kill', this.container);
  }

  async remove(): Promise<void> {
    await docker('rm', '--force', '--volumes', this.container);
    this.gone();
  }

  private async answer(): Promise<string> {
    for (const end = Date.now() + READY_MS; ;) {
      try {
        return await this.ask(this.url);
      } catch (error) {
        if (Date.now() > end) throw new Error(`${this.container} does not answer`, { cause: error });
        await pause(LOOK_AGAIN_MS);
      }
    }
  }
}

async function docker(...args: string[]): Promise<void> {
  await run({ file: 'docker', args, env: process.env });
}

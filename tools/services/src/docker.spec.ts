import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerServer, dockerAnswers, type Image } from './docker';

const image: Image = {
  image: 'example:1',
  port: 7,
  environment: (password) => ({ PASSWORD: password }),
  url: (password, port) => `test://${password}@127.0.0.1:${port}/`,
  ask: () => Promise.resolve('Example 1.0'),
};

/** The engine is a script that writes down what it is asked; there is none wherever these tests run. */
describe('a server in a container', () => {
  const before = process.env['PATH'];
  let folder: string;
  const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  const script = (text: string): void => {
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho "$@" >> ${folder}/asked\n${text}\n`);
    chmodSync(join(folder, 'docker'), 0o755);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    process.env['PATH'] = `${folder}:${before ?? ''}`;
  });
  afterEach(() => {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true });
  });

  it('keeps its port and its data for as long as it is not removed', async () => {
    script('');
    const server = await ContainerServer.create(image);
    expect(server.name).toBe('Example 1.0');
    const { username: password, port } = new URL(server.url);
    await server.stop();
    await server.start();
    await server.kill();
    await server.start();
    await server.remove();
    const name = asked()[0]!.split(' ')[2]!;
    expect(asked()).toEqual([
      `create --name ${name} --publish 127.0.0.1:${port}:7 --env PASSWORD=${password} example:1`,
      `start ${name}`,
      `stop -t 60 ${name}`,
      `start ${name}`,
      `kill ${name}`,
      `start ${name}`,
      `rm --force --volumes ${name}`,
    ]);
  });

  it('is removed when it does not start', async () => {
    script('if [ "$1" = start ]; then echo no room; exit 1; fi');
    await expect(ContainerServer.create(image)).rejects.toThrow('no room');
    expect(asked().at(-1)).toMatch(/^rm --force --volumes sendback-/);
  });

  it('needs an engine that answers', async () => {
    script('exit 0');
    expect(await dockerAnswers()).toBe(true);
    script('exit 1');
    expect(await dockerAnswers()).toBe(false);
    rmSync(join(folder, 'docker'));
    process.env['PATH'] = folder;
    expect(await dockerAnswers()).toBe(false);
  });
});

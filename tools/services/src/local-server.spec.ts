import { existsSync } from 'node:fs';
import { LocalServer, type Recipe } from './local-server';

const recipe = (script: string): Recipe => ({
  url: 'test:',
  helpers: [],
  server: { file: '/bin/sh', args: ['-c', script], env: {} },
  ask: () => Promise.reject(new Error('no answer')),
});

describe('a server that does not start', () => {
  it.each([
    ['ends at once', () => recipe('echo the data is damaged; exit 3'), 'the data is damaged'],
    ['is no program', () => ({ ...recipe(''), server: { file: '/no/such', args: [], env: {} } }), 'ENOENT'],
  ])('and %s is told of with what it wrote, and its folder is removed', async (_, make, message) => {
    let made = '';
    const created = LocalServer.create(async (folder) => {
      made = folder;
      return make();
    });
    await expect(created).rejects.toThrow(message);
    expect(made).not.toBe('');
    expect(existsSync(made)).toBe(false);
  });
});

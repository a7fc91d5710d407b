import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from './config';

const minimal = 'apis: [{ serviceName: chat, functions: { transfer: { url: "http://127.0.0.1:9000/" } } }]';

describe('the gateway configuration', () => {
  it('has a default for everything but the functions', () => {
    expect(parseConfig('gateway.yaml', minimal)).toMatchObject({
      listen: { host: '0.0.0.0', port: 8080 },
      reversePush: { host: '127.0.0.1', port: 8081 },
      database: { engine: 'sqlite' },
      maxMessageBytes: 1_048_576,
      maxConnections: 50_000,
      apis: [
        {
          stage: 'release',
          path: '/websocket',
          backendTimeout: 600,
          functions: { transfer: { timeout: 3 } },
        },
      ],
    });
  });

  it('takes several hosts of a function', () => {
    const urls = ['http://one:1/f', 'http://two:2/f'];
    const functions = (url: unknown): unknown =>
      parseConfig('gateway.yaml', minimal.replace('"http://127.0.0.1:9000/"', JSON.stringify(url))).apis[0]
        ?.functions.transfer;
    expect(functions(urls)).toMatchObject({ url: urls });
    expect(functions(urls[0])).toMatchObject({ url: [urls[0]] });
    expect(() => functions([])).toThrow('functions.transfer.url:');
    expect(() => functions([urls[0], 'two'])).toThrow('functions.transfer.url.1: must be http://');
  });

  it('is what the example in the repository says it is', () => {
    const example = readFileSync(join(__dirname, '../../gateway.example.yaml'), 'utf8');
    expect(parseConfig('gateway.example.yaml', example).apis).toMatchObject([{ serviceName: 'chat' }]);
    const everything = example.replaceAll(/^( *)# ([a-zA-Z]+: \S+)$/gm, '$1$2');
    expect(Object.keys(parseConfig('gateway.example.yaml', everything).apis[0] ?? {})).toContain('id');
  });

  it('names every field that is wrong, and repeats no secret', () => {
    const wrong = `
listen: { prot: 80 }
database: postgres://ann:secret@db/x
apis:
  - { serviceName: "a b", stage: staging, path: websocket, functions: {} }
  - { id: api-secret, serviceName: chat, backendTimeout: -1, functions: { transfer: { url: "ftp://x" } } }
`;
    const parse = (): unknown => parseConfig('g.yaml', wrong);
    for (const field of [
      'listen',
      'database',
      'apis.0.serviceName',
      'apis.0.stage',
      'apis.0.path',
      'apis.0.functions.transfer',
      'apis.1.id',
      'apis.1.backendTimeout',
      'apis.1.functions.transfer.url',
    ]) {
      expect(parse).toThrow(`g.yaml: ${field}: `);
    }
    expect(parse).not.toThrow('secret');
  });

  it('does not quote what it cannot parse', () => {
    const broken = 'apis:\n  - id: api-5ec7e75ec7e75ec7e75ec7e75ec7e7aa\n   serviceName: [';
    expect(() => parseConfig('g.yaml', broken)).toThrow('g.yaml: not YAML');
    expect(() => parseConfig('g.yaml', broken)).not.toThrow('5ec7e7');
  });

  it('takes a user and a password in a URL only when they can be read', () => {
    const wrong = minimal.replace('127.0.0.1', '%zz:x@127.0.0.1');
    expect(() => parseConfig('g.yaml', wrong)).toThrow(
      'apis.0.functions.transfer.url: user and password must be',
    );
    expect(() => parseConfig('g.yaml', minimal.replace('127.0.0.1', 'ann:p%40ss@127.0.0.1'))).not.toThrow();
  });

  it('takes an id once', () => {
    const api = (path: string): string =>
      `{ id: api-${'a'.repeat(32)}, serviceName: chat, path: ${path}, functions: { transfer: { url: "http://b/" } } }`;
    expect(() => parseConfig('g.yaml', `apis: [${api('/a')}, ${api('/b')}]`)).toThrow(
      'apis.1.id: is there twice',
    );
  });

  it('takes a path of a stage once', () => {
    const twice = minimal.replace(
      ']',
      ', { serviceName: b, functions: { transfer: { url: "http://b/" } } }]',
    );
    expect(() => parseConfig('g.yaml', twice)).toThrow(
      'apis.1.path: no request tells it from that of apis.0',
    );
  });
});

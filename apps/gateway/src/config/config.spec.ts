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
    const config = parseConfig('gateway.example.yaml', example);
    expect(config.apis).toMatchObject([{ serviceName: 'chat' }]);
    const defaults = example
      .replaceAll(
        /^ *# (tls|advertise|id|auth: .*keyPair|allowedOrigins|limits|  perAddress|  all)\b.*$/gm,
        '',
      )
      .replaceAll(/^( *)# ([a-zA-Z]+: .*)$/gm, '$1$2');
    expect(defaults).not.toBe(example);
    expect(parseConfig('gateway.example.yaml', defaults)).toEqual(config);
    const everything = example
      .replaceAll(/^ *# auth: .*none.*$/gm, '')
      .replaceAll(/^( *)# ( *[a-zA-Z]+:( .*)?)$/gm, '$1$2');
    const [api] = parseConfig('gateway.example.yaml', everything).apis;
    expect(api).toMatchObject({
      auth: { type: 'keyPair' },
      allowedOrigins: ['https://shop.example.com'],
      limits: { perAddress: { connections: 100 }, all: { bytesPerSecond: Infinity } },
    });
  });

  it('takes each kind of function, by the field that names it', () => {
    const transferOf = (fields: string): unknown =>
      parseConfig('g.yaml', `apis: [{ serviceName: chat, functions: { transfer: { ${fields} } } }]`).apis[0]
        ?.functions.transfer;
    const local = { timeout: 3, memory: 128, processes: 8, watch: false, environment: {} };
    expect(transferOf('module: f.js, environment: { A: 1 }')).toEqual({
      ...local,
      module: 'f.js',
      environment: { A: '1' },
    });
    expect(transferOf('python: f.py')).toEqual({ ...local, python: 'f.py', interpreter: 'python3' });
    expect(transferOf('scf: chat, region: ap-guangzhou')).toEqual({
      timeout: 3,
      scf: 'chat',
      region: 'ap-guangzhou',
      namespace: 'default',
      qualifier: '$DEFAULT',
    });
    expect(transferOf(`url: "http://a/", secret: ${'s'.repeat(32)}`)).toMatchObject({ url: ['http://a/'] });
    expect(() => transferOf('scf: chat')).toThrow('apis.0.functions.transfer.region: ');
    expect(() => transferOf('module: f.js, python: f.py')).toThrow('transfer: must have one of url, module');
    expect(() => transferOf('module: f.js, interpreter: x')).toThrow('functions.transfer: Unrecognized key');
    expect(() => transferOf('python: f.py, processes: 0')).toThrow('functions.transfer.processes: ');
    expect(() => transferOf('url: "http://a/", secret: short')).toThrow('functions.transfer.secret: must be');
  });

  it.each([
    ['path: "=/a/{b}/{b}"', 'path: has two parameters of the same name'],
    ['path: /a/', 'path: must be /segment'],
    ['auth: { type: keyPair, keys: [] }', 'auth.keys: '],
    [
      'auth: { type: keyPair, keys: [{ secretId: "a b", secretKey: 0123456789abcdef }] }',
      'auth.keys.0.secretId: ',
    ],
    ['auth: { type: keyPair, keys: [{ secretId: a, secretKey: tooshort }] }', 'auth.keys.0.secretKey: '],
    ['auth: { type: basic }', 'auth.type: '],
    ['allowedOrigins: ["https://a/"]', 'allowedOrigins.0: must be'],
    ['allowedOrigins: ["https://a:443"]', 'allowedOrigins.0: must be'],
    ['allowedOrigins: [a.example.com]', 'allowedOrigins.0: must be'],
    ['limits: { perAddress: { connections: 0 } }', 'limits.perAddress.connections: '],
    ['limits: { all: { connections: 1.5 } }', 'limits.all.connections: '],
    ['handOversAtOnce: 0', 'handOversAtOnce: '],
  ])('does not take an API with %s', (fields, message) => {
    const yaml = `apis: [{ serviceName: chat, ${fields}, functions: { transfer: { url: "http://b/" } } }]`;
    expect(() => parseConfig('g.yaml', yaml)).toThrow(`g.yaml: apis.0.${message}`);
    expect(() => parseConfig('g.yaml', yaml)).not.toThrow('tooshort');
  });

  it('takes an address for other gateways that is nothing but that', () => {
    const advertised = (url: string): unknown =>
      parseConfig('g.yaml', `reversePush: { advertise: "${url}" }\n${minimal}`).reversePush.advertise;
    expect(advertised('https://10.0.0.5:8081')).toBe('https://10.0.0.5:8081');
    for (const wrong of [
      '10.0.0.5:8081',
      'ftp://a',
      'http://ann:pass@a:1',
      'http://a:1/path',
      'http://a:1/?x',
    ])
      expect(() => advertised(wrong)).toThrow('reversePush.advertise: must be http://host:port');
  });

  it('tells paths apart that differ in more than the names of their parameters', () => {
    const api = (path: string): string =>
      `{ serviceName: chat, path: "${path}", functions: { transfer: { url: "http://b/" } } }`;
    expect(() => parseConfig('g.yaml', `apis: [${api('/a/{b}')}, ${api('/a/{c}')}]`)).toThrow(
      'apis.1.path: no request',
    );
    expect(() =>
      parseConfig('g.yaml', `apis: [${api('/a/{b}')}, ${api('=/a/{c}')}, ${api('/a/b')}]`),
    ).not.toThrow();
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

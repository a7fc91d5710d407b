import { indistinguishablePaths, problemOfPath } from './path-pattern';
import { Routes } from './routes';

const api = (stage: string, path: string) => ({ api: { stage, path } });
const release = (...paths: string[]) => paths.map((path) => api('release', path));

describe('which API a path belongs to', () => {
  const chat = api('release', '/websocket');
  const inner = api('release', '/websocket/inner');
  const test = api('test', '/');
  const routes = new Routes([chat, inner, test]);

  it.each([
    ['/release/websocket', chat],
    ['/release/websocket/', chat],
    ['/release/websocket/room/7', chat],
    ['/release/websocket/inner', inner],
    ['/release/websocket/inner/most', inner],
    ['/release/websocket/../inner', chat],
    ['/release/%77ebsocket', chat],
    ['/test', test],
    ['/test/anything', test],
  ])('%s', (path, target) => {
    expect(routes.match(path)).toEqual({ target, pathParameters: {} });
  });

  it.each([
    '/',
    '',
    '/release',
    '/websocket',
    '/release/websockets',
    '/release//websocket',
    '/release/websocket%2Finner',
    '/release/./websocket',
    '/prepub/websocket',
    '/testing',
    '/RELEASE/websocket',
    'http://host/release/websocket',
    '*',
    '/release/websocket/%',
    '/release/websocket/%zz',
    '/release/websocket/%ff',
    '/release/websocket/%c0%af',
  ])('none: %s', (path) => {
    expect(routes.match(path)).toBeNull();
  });
});

describe('an exact path', () => {
  const routes = new Routes(release('=/chat/room'));

  it.each([
    ['/release/chat/room', true],
    ['/release/chat/room/', false],
    ['/release/chat/room/7', false],
    ['/release/chat', false],
    ['/release/=/chat/room', false],
  ])('%s: %s', (path, matches) => {
    expect(routes.match(path) !== null).toBe(matches);
  });
});

describe('path parameters', () => {
  it.each([
    ['/room/{id}', '/release/room/7', { id: '7' }],
    ['/room/{id}', '/release/room/7/deeper', { id: '7' }],
    ['=/room/{id}/{user}', '/release/room/7/ann', { id: '7', user: 'ann' }],
    ['/{a}/x/{b}', '/release/1/x/2/3', { a: '1', b: '2' }],
    ['/room/{id}', '/release/room/gr%C3%BC%C3%9Fe%2F%20%25', { id: 'grüße/ %' }],
    ['/room/{id}', '/release/room/..', { id: '..' }],
    ['/room/{id}', '/release/room/%00', { id: '\0' }],
  ])('of %s in %s', (path, url, pathParameters) => {
    expect(new Routes(release(path)).match(url)?.pathParameters).toEqual(pathParameters);
  });

  it.each([
    ['/room/{id}', '/release/room'],
    ['/room/{id}', '/release/room/'],
    ['/room/{id}', '/release/room//7'],
    ['=/room/{id}', '/release/room/7/'],
    ['/room/{id}', '/release/room/%e2%82'],
  ])('of %s are not in %s', (path, url) => {
    expect(new Routes(release(path)).match(url)).toBeNull();
  });

  it('may have the names of what every object has', () => {
    const route = new Routes(release('/{__proto__}/{constructor}')).match('/release/a/b');
    expect(JSON.stringify(route?.pathParameters)).toBe('{"__proto__":"a","constructor":"b"}');
  });
});

describe('of several APIs that match', () => {
  it.each([
    ['exact before prefix', '/release/a/b', ['/a/b', '=/a/b'], '=/a/b'],
    ['exact with a parameter before a literal prefix', '/release/a/b', ['/a/b', '=/{x}/{y}'], '=/{x}/{y}'],
    ['longer before shorter', '/release/a/b/c', ['/a', '/a/b', '/'], '/a/b'],
    ['longer with parameters before shorter', '/release/a/b/c', ['/a', '/{x}/{y}'], '/{x}/{y}'],
    ['literal before parameter', '/release/a/b', ['/{x}/b', '/{x}/{y}', '/a/{y}'], '/a/{y}'],
    ['the next one where it does not match', '/release/c/b', ['/{x}/b', '/{x}/{y}', '/a/{y}'], '/{x}/b'],
    ['the only one that matches', '/release/c/d', ['/{x}/b', '/{x}/{y}', '/a/{y}'], '/{x}/{y}'],
    ['exact literal before exact parameter', '/release/a', ['=/{x}', '=/a'], '=/a'],
  ])('%s', (_, url, paths, expected) => {
    for (const order of [paths, paths.toReversed()]) {
      expect(new Routes(release(...order)).match(url)?.target.api.path).toBe(expected);
    }
  });

  it('the stage is the first segment, and parts them', () => {
    const routes = new Routes([api('release', '/{x}'), api('test', '/{x}')]);
    expect(routes.match('/test/a')?.target.api.stage).toBe('test');
  });
});

describe('paths that cannot be told apart', () => {
  it.each([
    [
      ['/a', '/a'],
      [0, 1],
    ],
    [
      ['/b', '/a/{x}', '=/a/{x}', '/a/{y}'],
      [1, 3],
    ],
    [
      ['=/{x}/b', '=/{y}/b'],
      [0, 1],
    ],
    [['/a', '=/a', '/a/b', '/{x}', '/{x}/b', '/a/{x}'], null],
  ])('of %j are %j', (paths, expected) => {
    expect(indistinguishablePaths(paths.map((path) => ({ stage: 'release', path })))).toEqual(expected);
  });

  it('are none in different stages', () => {
    const stages = ['release', 'test'];
    expect(indistinguishablePaths(stages.map((stage) => ({ stage, path: '/a' })))).toBeNull();
  });
});

describe('what may be configured as a path', () => {
  it.each(['/', '/a', '/a/b-c/d.e', '=/a', '/{id}', '/a/{id}/b/{_x1}', '=/{a}/{b}'])('%s', (path) => {
    expect(problemOfPath(path)).toBeNull();
  });

  it.each([
    '',
    'a',
    '=',
    '=/',
    '=a',
    '/a/',
    '//',
    '/a b',
    '/%41',
    '/{}',
    '/{a',
    '/x{a}',
    '/{a-b}',
    '/=a',
    '/ä',
  ])('not %j', (path) => {
    expect(problemOfPath(path)).toContain('must be /segment');
  });

  it('not with one parameter twice', () => {
    expect(problemOfPath('/{a}/b/{a}')).toBe('has two parameters of the same name');
  });
});

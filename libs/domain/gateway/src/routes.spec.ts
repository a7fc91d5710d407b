import { Routes } from './routes';
import { GatewayHarness } from './testing/gateway-harness';

const api = (stage: string, path: string) => ({ api: { ...new GatewayHarness().api(), stage, path } });

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
    '/prepub/websocket',
    '/testing',
    '/RELEASE/websocket',
  ])('none: %s', (path) => {
    expect(routes.match(path)).toBeNull();
  });
});

import { AllowEveryone, OpenConnection, StorageUnavailable } from '@sendback/domain/connection';
import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { ManualClock, MemoryLog } from '@sendback/domain/runtime/testing';
import { RegistrationHandler } from './registration-handler';

const requestContext = { requestId: 'r1', serviceName: 'chat', path: '/websocket', websocketEnable: true };
const event = (websocket: object): object => ({
  requestContext,
  queryString: { name: 'ann' },
  websocket: { action: 'connecting', secConnectionID: 'xawexasdfewezdfsdfeasdfffa==', ...websocket },
});
const accepted = (websocket: object): object => ({
  errNo: 0,
  errMsg: 'ok',
  websocket: { action: 'connecting', secConnectionID: 'xawexasdfewezdfsdfeasdfffa==', ...websocket },
});

describe('RegistrationHandler', () => {
  let store: MemoryConnectionStore;
  let log: MemoryLog;
  let handler: RegistrationHandler;

  beforeEach(() => {
    store = new MemoryConnectionStore();
    log = new MemoryLog();
    handler = new RegistrationHandler(
      new OpenConnection(new AllowEveryone(), store, new ManualClock(5), 'http://push/api-1'),
      log,
    );
  });

  it('records the connection with the address that reaches it, then accepts', async () => {
    expect(await handler.handle(event({}))).toEqual(accepted({}));
    expect(await store.find('xawexasdfewezdfsdfeasdfffa==')).toEqual({
      connectionId: 'xawexasdfewezdfsdfeasdfffa==',
      pushAddress: 'http://push/api-1',
      userId: null,
      openedAt: 5,
    });
  });

  it('answers the same when it is called twice', async () => {
    expect([await handler.handle(event({})), await handler.handle(event({}))]).toEqual([
      accepted({}),
      accepted({}),
    ]);
    expect(await store.count()).toBe(1);
  });

  it('chooses the first sub-protocol on offer and asks for no extension', async () => {
    const offered = {
      secWebSocketProtocol: 'chat,binary',
      secWebSocketExtensions: 'permessage-deflate; client_max_window_bits',
    };
    expect(await handler.handle(event(offered))).toEqual(
      accepted({ secWebSocketProtocol: 'chat', secWebSocketExtensions: '' }),
    );
  });

  it('names each only when the client sent it', async () => {
    expect(await handler.handle(event({ secWebSocketProtocol: 'chat' }))).toEqual(
      accepted({ secWebSocketProtocol: 'chat' }),
    );
  });

  it.each([
    ['no request context', { websocket: {} }, 101, 'not found request context'],
    ['an event that is null', null, 101, 'not found request context'],
    ['an event that is a string', 'hello', 101, 'not found request context'],
    ['no websocket', { requestContext }, 102, 'not found websocket'],
    ['a websocket that is null', { requestContext, websocket: null }, 102, 'not found websocket'],
    [
      'no secConnectionID',
      { requestContext, websocket: {} },
      103,
      expect.stringContaining('secConnectionID'),
    ],
    ['a number for it', event({ secConnectionID: 7 }), 103, expect.stringContaining('secConnectionID')],
    ['one of 51 characters', event({ secConnectionID: 'x'.repeat(51) }), 103, expect.any(String)],
    ['one with a line break', event({ secConnectionID: 'a\nb' }), 103, expect.any(String)],
  ])('refuses %s', async (_, bad, errNo, errMsg) => {
    expect(await handler.handle(bad)).toEqual({ errNo, errMsg });
    expect(await store.count()).toBe(0);
  });

  it('refuses with 301 while the storage is away, and says why only in the log', async () => {
    const cause = new StorageUnavailable('cannot reach db.internal:3306');
    jest.spyOn(store, 'add').mockRejectedValue(cause);
    expect(await handler.handle(event({}))).toEqual({ errNo: 301, errMsg: 'storage unavailable' });
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { requestId: 'r1', error: cause } }]);
  });

  it('does not make an answer of a bug', async () => {
    jest.spyOn(store, 'add').mockRejectedValue(new TypeError('a bug'));
    await expect(handler.handle(event({}))).rejects.toThrow('a bug');
  });
});

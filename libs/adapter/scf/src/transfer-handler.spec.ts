import { AcceptBroadcast, type Broadcast, RouteClientMessage } from '@sendback/domain/messaging';
import {
  MemoryBroadcastQueue,
  MemoryDeadLetterStore,
  MemoryPusher,
} from '@sendback/domain/messaging/testing';
import { ManualClock, MemoryLog, SequentialIds } from '@sendback/domain/runtime/testing';
import { TransferHandler } from './transfer-handler';

describe('TransferHandler', () => {
  let published: Broadcast[];
  let handler: TransferHandler;

  beforeEach(() => {
    const clock = new ManualClock();
    const queue = new MemoryBroadcastQueue(1, clock, new MemoryDeadLetterStore());
    published = [];
    jest.spyOn(queue, 'publish').mockImplementation(async (broadcast) => void published.push(broadcast));
    const route = new RouteClientMessage(
      [],
      new AcceptBroadcast(queue, clock),
      new MemoryPusher(),
      new MemoryLog(),
    );
    handler = new TransferHandler(route, new SequentialIds(), new MemoryLog());
  });

  const event = (websocket: object, requestContext?: object): object => ({
    ...(requestContext && { requestContext }),
    websocket: { action: 'data send', secConnectionID: 'ann', dataType: 'text', data: 'hello', ...websocket },
  });

  it.each([
    ['data send', {}],
    ['the older data recv', { action: 'data recv' }],
    ['binary', { dataType: 'binary', data: 'AAEC' }],
  ])('takes %s and returns the event as the sample functions do', async (_, websocket) => {
    const sent = event(websocket);
    expect(await handler.handle(sent)).toBe(sent);
    expect(published).toHaveLength(1);
  });

  it('identifies the message by its requestId, which is the same on every retry', async () => {
    await handler.handle(event({}, { requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef' }));
    expect(published[0]?.broadcastId).toBe('c6af9ac6-7b61-11e6-9a41-93e8deadbeef');
  });

  it.each([
    ['no request context', undefined],
    ['no requestId', {}],
    ['a hostile one', { requestId: 'x'.repeat(5_000) }],
  ])('makes an identity of its own where the gateway sent %s', async (_, requestContext) => {
    await handler.handle(event({}, requestContext));
    expect(published[0]?.broadcastId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['no websocket', {}, 102, 'not found web socket'],
    ['an event that is null', null, 102, 'not found web socket'],
    [
      'no secConnectionID',
      event({ secConnectionID: undefined }),
      103,
      expect.stringContaining('secConnectionID'),
    ],
    ['an unknown dataType', event({ dataType: 'json' }), 105, expect.stringContaining('dataType')],
    ['no data', event({ data: undefined }), 105, expect.stringContaining('data')],
    ['broken base64', event({ dataType: 'binary', data: '%%%' }), 105, expect.stringContaining('base64')],
    ['too much data', event({ data: 'x'.repeat(1024 * 1024 + 1) }), 106, expect.stringContaining('data')],
  ])('answers %s with its number', async (_, bad, errNo, errMsg) => {
    expect(await handler.handle(bad)).toEqual({ errNo, errMsg });
    expect(published).toEqual([]);
  });
});

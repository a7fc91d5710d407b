import { BadPush } from '@sendback/domain/gateway';
import { encodeFrame } from './frame';
import { parsePush } from './push-request';

const message = { action: 'data send', secConnectionID: 'a', dataType: 'text', data: 'hi' };

describe('what an integration response says', () => {
  it('is a push of one message to one connection', () => {
    expect(parsePush({ websocket: message })).toMatchObject({
      connectionIds: ['a'],
      messages: [{ id: null, frame: encodeFrame('text', 'hi') }],
    });
  });

  it('may be a batch, or a close', () => {
    const { connectionIds, messages } = parsePush({
      websocket: {
        action: 'data send',
        secConnectionIDs: ['a', 'b'],
        messages: [{ id: '1', dataType: 'binary', data: '/wA=' }],
      },
    });
    expect([connectionIds, messages?.length]).toEqual([['a', 'b'], 1]);
    expect(parsePush({ websocket: { action: 'closing', secConnectionID: 'a' } }).messages).toBeNull();
  });

  it.each([
    ['a number', 1, 'must be a JSON object'],
    ['true', true, 'must be a JSON object'],
    ['a string', JSON.stringify({ websocket: message }), 'must be a JSON object'],
    ['a list', [{ websocket: message }], 'must be a JSON object'],
    ['nothing in it', {}, 'websocket'],
    ['an unknown action', { websocket: { ...message, action: 'connecting' } }, 'websocket.action'],
    ['no connection', { websocket: { ...message, secConnectionID: undefined } }, 'websocket.secConnectionID'],
    ['no data', { websocket: { ...message, data: undefined } }, 'websocket.data must be a string'],
    ['a bad type', { websocket: { ...message, dataType: 'json' } }, 'websocket.dataType'],
  ])('is refused when it is %s, and the field is named', (_, body, field) => {
    expect(() => parsePush(body)).toThrow(BadPush);
    expect(() => parsePush(body)).toThrow(field);
  });
});

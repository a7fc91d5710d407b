import type { ConsumeMessage } from 'amqplib';
import { incomingDeadLetter, outgoingDeadLetter } from './dead-letter-message';

const NOW = 1_700_000_000_123;

const message = (body: string, properties: object): ConsumeMessage =>
  ({ content: Buffer.from(body), properties: { headers: undefined, ...properties } }) as ConsumeMessage;

const arrived = (body: string, properties: object) => incomingDeadLetter(message(body, properties), NOW);

describe('a dead letter on the broker', () => {
  const letter = { key: 'a-key', lane: 3, body: '{"Grüße":"👋"}', reason: 'no way', deadAt: NOW - 5 };

  it('comes out as it was put in', () => {
    const { body, properties } = outgoingDeadLetter(letter, 'dead');
    expect(arrived(body.toString(), properties)).toEqual(letter);
  });

  it('has a reason that is not too long for a header', () => {
    const { properties } = outgoingDeadLetter({ ...letter, reason: '👋'.repeat(50_000) }, 'dead');
    expect(Buffer.byteLength(JSON.stringify(properties.headers))).toBeLessThan(64 * 1024);
  });

  it('says what the broker did when that was what took it off a lane', () => {
    const time = { '!': 'timestamp', value: 1_600_000_000 };
    const death = { queue: 'sendback.lane.7', reason: 'delivery_limit', time, count: 1 };
    const first = arrived('{}', { messageId: 'a', headers: { 'x-death': [death, { queue: 'other' }] } });
    expect(first).toEqual({
      key: first.key,
      lane: 7,
      body: '{}',
      reason: 'the broker took it off sendback.lane.7: delivery_limit',
      deadAt: 1_600_000_000_000,
    });
    const again = arrived('{}', { messageId: 'a', headers: { 'x-death': [death] } });
    const other = arrived('{}', { messageId: 'b', headers: { 'x-death': [death] } });
    expect([again.key === first.key, other.key === first.key]).toEqual([true, false]);
  });

  it.each([
    {},
    { headers: null },
    { headers: { 'x-death': 'never' } },
    { headers: { 'x-death': [] } },
    { headers: { 'x-death': [null] } },
    { headers: { 'x-death': [{ queue: 'sendback.lane.999999999999999999999', time: 5, reason: {} }] } },
    { headers: { 'x-death': [{ queue: 5, time: { value: -1 } }] } },
    { type: 'sendback dead letter' },
    { type: 'sendback dead letter', messageId: 5, headers: { lane: 'x' } },
    { type: 'sendback dead letter', messageId: 'a', headers: { lane: 1e9, deadAt: 'now', reason: 5 } },
  ])('is one whatever somebody has put there: %j', (properties) => {
    const found = arrived('anything', properties);
    expect(found).toMatchObject({ lane: 0, body: 'anything', deadAt: NOW });
    expect(found.key).toMatch(/^[0-9a-f]{64}$|^a$/);
    expect(found.reason).not.toBe('');
  });
});

import { MAX_PAYLOAD_BYTES, parsePayload, payloadBytes } from './payload';

describe('parsePayload', () => {
  it.each([
    ['text', 'text', 'häßlich 👋'],
    ['an empty text', 'text', ''],
    ['binary', 'binary', 'AAEC/w=='],
    ['empty binary', 'binary', ''],
  ])('takes %s as it is', (_, dataType, data) => {
    expect(parsePayload(dataType, data)).toEqual({ dataType, data });
  });

  it.each([
    ['another dataType', 'json', 'x', 'dataType'],
    ['no dataType', undefined, 'x', 'dataType'],
    ['data that is no string', 'text', { a: 1 }, 'data'],
    ['base64 with a foreign character', 'binary', 'AA*=', 'base64'],
    ['base64 without its padding', 'binary', 'AAE', 'base64'],
    ['the URL alphabet of base64', 'binary', 'AA-_', 'base64'],
  ])('refuses %s, naming it', (_, dataType, data, named) => {
    expect(() => parsePayload(dataType, data)).toThrow(named);
    expect(() => parsePayload(dataType, data)).toThrow(expect.objectContaining({ code: 'bad_data' }));
  });

  it('refuses what is larger than the limit, in bytes rather than characters', () => {
    expect(() => parsePayload('text', 'ä'.repeat(MAX_PAYLOAD_BYTES / 2))).not.toThrow();
    expect(() => parsePayload('text', 'ä'.repeat(MAX_PAYLOAD_BYTES / 2) + 'a')).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });
});

describe('payloadBytes', () => {
  it.each(['', 'plain', 'häßlich', '日本', '👋🏽', '\uffff'])('is the UTF-8 size of %j', (data) => {
    expect(payloadBytes({ dataType: 'text', data })).toBe(Buffer.byteLength(data));
  });

  it.each([0, 1, 2, 3, 4, 255])('is the decoded size of %i binary bytes', (size) => {
    expect(payloadBytes({ dataType: 'binary', data: Buffer.alloc(size, 7).toString('base64') })).toBe(size);
  });
});

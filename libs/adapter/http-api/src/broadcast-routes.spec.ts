import { StorageUnavailable } from '@sendback/domain/connection';
import { type Broadcast, MAX_PAYLOAD_BYTES, QueueUnavailable } from '@sendback/domain/messaging';
import { ApiBench } from './testing/api-bench';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const FIRST_ID = '00000000-0000-4000-8000-000000000001';

interface Late {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const toAll = (payload: object): object => ({ target: { kind: 'all' }, ...payload });

describe('the broadcasts of the API', () => {
  let bench: ApiBench;
  let published: Broadcast[];
  let publish: jest.SpyInstance;

  beforeEach(async () => {
    bench = await ApiBench.start();
    published = [];
    publish = jest
      .spyOn(bench.queue, 'publish')
      .mockImplementation(async (broadcast) => void published.push(broadcast));
  });
  afterEach(() => bench.api.close());

  const post = (body: unknown, headers?: Record<string, string>): ReturnType<ApiBench['call']> =>
    bench.call('POST', '/v1/broadcasts', body, headers);
  const keyed = (key: string, body: unknown = toAll({ text: 'hi' })): ReturnType<ApiBench['call']> =>
    post(body, { 'Idempotency-Key': key });

  it('are accepted once they are durable, and then have a receipt', async () => {
    const { status, json, headers } = await post(toAll({ text: 'hi' }), { traceparent: TRACEPARENT });
    expect([status, json]).toEqual([202, { broadcastId: FIRST_ID }]);
    expect(headers.get('location')).toBe(`/v1/broadcasts/${FIRST_ID}`);
    expect(published).toEqual([
      {
        broadcastId: FIRST_ID,
        target: { kind: 'all', except: null },
        payload: { dataType: 'text', data: 'hi' },
        acceptedAt: bench.clock.now(),
        traceparent: TRACEPARENT,
      },
    ]);
    expect((await bench.call('GET', headers.get('location') ?? '')).json).toEqual({
      broadcastId: FIRST_ID,
      status: 'running',
      acceptedAt: new Date(bench.clock.now()).toISOString(),
      recipients: 0,
      delivered: 0,
      gone: 0,
      slow: 0,
      failed: 0,
      pending: 0,
    });
  });

  it('have a receipt that follows what becomes of them', async () => {
    await post({ target: { kind: 'room', room: 'tea' }, text: 'hi' });
    const tally = { recipients: 9, delivered: 4, gone: 2, slow: 1, failed: 0, pending: 2 };
    const part = { broadcastId: FIRST_ID, part: 'lane-0', lanes: 1, acceptedAt: 0 };
    await bench.ledger.record([{ ...part, tally }]);
    const path = `/v1/broadcasts/${FIRST_ID}`;
    expect((await bench.call('GET', path)).json).toMatchObject({ status: 'running', ...tally });
    await bench.ledger.record([{ ...part, tally: { ...tally, failed: 2, pending: 0 } }]);
    expect((await bench.call('GET', path)).json).toMatchObject({ status: 'finished', failed: 2, pending: 0 });
  });

  it('are not found when nothing is known of them', async () => {
    const { status, json } = await bench.call('GET', '/v1/broadcasts/none');
    expect([status, json]).toEqual([
      404,
      { code: 'not_found', message: 'there is no receipt of such a broadcast' },
    ]);
  });

  it.each([
    [{ kind: 'all' }],
    [{ kind: 'room', room: 'tëa 茶 🍵' }],
    [{ kind: 'user', userId: 'ann' }],
    [{ kind: 'connections', connectionIds: ['a', 'b', 'a'] }],
    [
      {
        kind: 'connections',
        connectionIds: Array.from({ length: 1_000 }, (_, n) => `${n}`.padStart(50, 'x')),
      },
    ],
  ])('go to the target %j', async (target) => {
    expect((await post({ target, text: '' })).status).toBe(202);
    expect(published[0]?.target).toEqual({ ...target, except: null });
  });

  it.each([
    ['text', 'héllo 👋 \u0000\u2028', 'text', 'héllo 👋 \u0000\u2028'],
    ['text', '', 'text', ''],
    ['json', { b: [1, null, 'x'], a: { deep: true } }, 'text', '{"b":[1,null,"x"],"a":{"deep":true}}'],
    ['json', null, 'text', 'null'],
    ['json', 'a string', 'text', '"a string"'],
    ['json', '\ud800', 'text', '"\\ud800"'],
    ['base64', 'AAH/', 'binary', 'AAH/'],
    ['base64', '', 'binary', ''],
  ])('carry %s %j', async (name, value, dataType, data) => {
    expect((await post(toAll({ [name]: value }))).status).toBe(202);
    expect(published[0]?.payload).toEqual({ dataType, data });
  });

  it.each([
    ['text that JSON writes six times as long', { text: '\u0001'.repeat(MAX_PAYLOAD_BYTES) }],
    ['base64', { base64: Buffer.alloc(MAX_PAYLOAD_BYTES).toString('base64') }],
    ['json', { json: 'x'.repeat(MAX_PAYLOAD_BYTES - 2) }],
  ])('carry as much as a message may hold: %s', async (_, payload) => {
    expect((await post(toAll(payload))).status).toBe(202);
  });

  it.each([
    ['text', 'x'.repeat(MAX_PAYLOAD_BYTES + 1)],
    ['text', 'é'.repeat(MAX_PAYLOAD_BYTES / 2 + 1)],
    ['base64', Buffer.alloc(MAX_PAYLOAD_BYTES + 1).toString('base64')],
    ['json', 'x'.repeat(MAX_PAYLOAD_BYTES - 1)],
  ])('are refused when %s is larger', async (name, value) => {
    const { status, json } = await post(toAll({ [name]: value }));
    expect([status, json]).toEqual([
      413,
      { code: 'too_large', message: `${name} must not exceed ${MAX_PAYLOAD_BYTES} bytes` },
    ]);
    expect(published).toEqual([]);
  });

  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each([
    ['nothing', '', 'the body'],
    ['what is not JSON', '{"target":', 'JSON'],
    ['null', 'null', 'the body'],
    ['an array', '[]', 'the body'],
    ['no target', '{"text":"hi"}', 'target'],
    ['a target that is a string', '{"target":"all","text":"hi"}', 'target'],
    ['an unknown kind', '{"target":{"kind":"every"},"text":"hi"}', 'target.kind'],
    ['an unknown field', '{"target":{"kind":"all"},"text":"hi","extra":1}', '"extra"'],
    ['an unknown field of the target', '{"target":{"kind":"all","except":"a"},"text":"hi"}', 'target: '],
    ['a field of another kind', '{"target":{"kind":"user","userId":"a","room":"b"},"text":"hi"}', '"room"'],
    ['no room', '{"target":{"kind":"room"},"text":"hi"}', 'target.room'],
    ['a room that is a number', '{"target":{"kind":"room","room":1},"text":"hi"}', 'target.room'],
    ['an empty room', '{"target":{"kind":"room","room":""},"text":"hi"}', 'target.room'],
    ['half a character as room', '{"target":{"kind":"room","room":"\\ud800"},"text":"hi"}', 'target.room'],
    ['a long room', `{"target":{"kind":"room","room":"${'x'.repeat(129)}"},"text":"hi"}`, 'target.room'],
    ['a user with white space', '{"target":{"kind":"user","userId":" a"},"text":"hi"}', 'target.userId'],
    ['no ids', '{"target":{"kind":"connections","connectionIds":[]},"text":"hi"}', 'target.connectionIds'],
    [
      'ids that are one',
      '{"target":{"kind":"connections","connectionIds":"a"},"text":"hi"}',
      'target.connectionIds',
    ],
    [
      'an id that is a number',
      '{"target":{"kind":"connections","connectionIds":["a",1]},"text":"hi"}',
      'target.connectionIds.1',
    ],
    [
      'an id with a NUL',
      '{"target":{"kind":"connections","connectionIds":["a\\u0000"]},"text":"hi"}',
      'target.connectionIds.0',
    ],
    [
      '1,001 ids',
      `{"target":{"kind":"connections","connectionIds":[${'"a",'.repeat(1_000)}"a"]},"text":"hi"}`,
      'target.connectionIds',
    ],
    [
      'a million ids that are none',
      `{"target":{"kind":"connections","connectionIds":[${'0,'.repeat(1e6)}0]},"text":"hi"}`,
      'target.connectionIds',
    ],
    ['no payload', '{"target":{"kind":"all"}}', 'text, json and base64'],
    ['two payloads', '{"target":{"kind":"all"},"text":"hi","json":null}', 'text, json and base64'],
    ['text that is a number', '{"target":{"kind":"all"},"text":1e999}', 'text'],
    ['half a character', '{"target":{"kind":"all"},"text":"\\udc00"}', 'text'],
    ['base64 without padding', '{"target":{"kind":"all"},"base64":"AAE"}', 'base64'],
    ['base64 of the other alphabet', '{"target":{"kind":"all"},"base64":"AA_-"}', 'base64'],
    ['a number beyond numbers', '{"target":{"kind":"all"},"json":{"a":[1,1e999]}}', 'json'],
    ['a number below numbers', '{"target":{"kind":"all"},"json":-1e999}', 'json'],
    ['deep JSON', `{"target":{"kind":"all"},"json":${nested(129)}}`, 'json'],
    ['very deep JSON', `{"target":{"kind":"all"},"json":${nested(1e6)}}`, 'json'],
    [
      'a million unknown fields',
      `{"target":{"kind":"all"},"text":"",${Array.from({ length: 2e5 }, (_, n) => `"${n}":0`).join()}}`,
      'Unrecognized keys',
    ],
    ['__proto__', '{"target":{"kind":"all"},"text":"hi","__proto__":{"x":1}}', '__proto__'],
    ['__proto__ within', '{"target":{"kind":"all"},"json":[{"__proto__":1}]}', '__proto__'],
    [
      'constructor.prototype',
      '{"target":{"kind":"all"},"json":{"constructor":{"prototype":{}}}}',
      'constructor',
    ],
  ])('are refused with %s', async (_, body, named) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    const { code, message, ...others } = json as Record<string, string>;
    expect(code).toMatch(/^bad_(request|data|connection_id)$/);
    expect(message).toContain(named);
    expect(message?.length).toBeLessThanOrEqual(300);
    expect(others).toEqual({});
    expect(published).toEqual([]);
  });

  it('take JSON as deep as 128', async () => {
    expect((await post(`{"target":{"kind":"all"},"json":${nested(128)}}`)).status).toBe(202);
  });

  it('are refused in any form but JSON', async () => {
    const { status, json } = await post('{}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([status, json]).toEqual([
      415,
      { code: 'unsupported_media_type', message: 'the body must be application/json' },
    ]);
  });

  it('are refused when the body is larger than any payload needs', async () => {
    const { status, json } = await post(toAll({ text: '\u0001'.repeat(1.2 * MAX_PAYLOAD_BYTES) }));
    expect([status, json]).toEqual([413, { code: 'too_large', message: 'the body is too large' }]);
  });

  it('take a malformed trace for none', async () => {
    expect((await post(toAll({ text: 'hi' }), { traceparent: 'nonsense' })).status).toBe(202);
    expect(published[0]?.traceparent).toBeNull();
  });

  it.each([
    ['queue_unavailable', 'the queue is unavailable'],
    ['storage_unavailable', 'the database is unavailable'],
  ])('are answered with 503 and %s, and without details', async (code, message) => {
    if (code === 'queue_unavailable') publish.mockRejectedValue(new QueueUnavailable('amqp://secret'));
    else jest.spyOn(bench.ledger, 'announce').mockRejectedValue(new StorageUnavailable('mysql://secret'));
    const { status, json, headers } = await post(toAll({ text: 'hi' }));
    expect([status, json]).toEqual([503, { code, message }]);
    expect(headers.get('retry-after')).toBe('5');
    expect(published).toEqual([]);
    expect(bench.log.entries).toMatchObject([
      { level: 'warn', fields: { method: 'POST', path: '/v1/broadcasts', error: { code } } },
    ]);
  });

  it('are answered within five seconds when the queue takes longer, and go on', async () => {
    const late: Late[] = [];
    publish.mockImplementation(
      () => new Promise<void>((resolve, reject) => void late.push({ resolve, reject })),
    );
    const start = performance.now();
    for (const { status, json, headers } of await Promise.all([
      post(toAll({ text: 'hi' })),
      post(toAll({ text: 'ho' })),
    ])) {
      expect([status, json]).toEqual([
        503,
        { code: 'timeout', message: 'no answer in time: it may still come about' },
      ]);
      expect(headers.get('retry-after')).toBe('5');
    }
    expect(performance.now() - start).toBeGreaterThan(4_000);
    late[0]?.resolve();
    late[1]?.reject(new QueueUnavailable('away'));
    expect((await bench.call('GET', `/v1/broadcasts/${FIRST_ID}`)).status).toBe(200);
  });

  describe('with an Idempotency-Key', () => {
    it('are one, however often and in whatever JSON they are sent', async () => {
      const { json, headers } = await keyed('order 17');
      expect(json).toEqual({
        broadcastId: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
      });
      const again = await keyed('order 17', '{ "text": "\\u0068i", "target": {"kind":"all"} }');
      expect([again.status, again.json, again.headers.get('location')]).toEqual([
        202,
        json,
        headers.get('location'),
      ]);
      const { broadcastId } = json as { broadcastId: string };
      expect(published.map((one) => one.broadcastId)).toEqual([broadcastId, broadcastId]);
      const tally = { recipients: 1, delivered: 1, gone: 0, slow: 0, failed: 0, pending: 0 };
      await bench.ledger.record([{ broadcastId, part: 'lane-0', lanes: 4, acceptedAt: 0, tally }]);
      expect((await keyed('order 17')).status).toBe(202);
      expect(published).toHaveLength(2);
    });

    it('are several with several keys', async () => {
      const ids = await Promise.all(['a', 'b', 'A', ' a b '].map(async (key) => (await keyed(key)).text));
      expect(new Set(ids).size).toBe(4);
    });

    it.each([
      ['another payload', toAll({ text: 'ho' })],
      ['another kind of payload', toAll({ base64: 'hihi' })],
      ['another target', { target: { kind: 'room', room: 'tea' }, text: 'hi' }],
    ])('are refused for %s', async (_, body) => {
      await keyed('k');
      const { status, json } = await keyed('k', body);
      expect([status, json]).toEqual([
        422,
        {
          code: 'idempotency_conflict',
          message: 'the Idempotency-Key was used before for another broadcast',
        },
      ]);
      expect(published).toHaveLength(1);
    });

    it('are sent after all when they are repeated after a failure', async () => {
      publish.mockRejectedValueOnce(new QueueUnavailable('away'));
      expect((await keyed('k')).status).toBe(503);
      expect((await keyed('k')).status).toBe(202);
      expect(published).toHaveLength(1);
    });

    it.each(['', 'x'.repeat(256), 'naïve'])('are refused when it is %j', async (key) => {
      const { status, json } = await keyed(key);
      expect([status, json]).toEqual([
        400,
        { code: 'bad_request', message: 'idempotency-key: must be 1 to 255 characters of printable ASCII' },
      ]);
    });
  });
});

import { StorageUnavailable } from '@sendback/domain/connection';
import {
  encodeQueueMessage,
  type QueueMessage,
  QueueUnavailable,
  type Target,
} from '@sendback/domain/messaging';
import { ApiBench } from './testing/api-bench';

const message = (
  over: Partial<QueueMessage> = {},
  target: Target = { kind: 'all', except: null },
): QueueMessage => ({
  messageId: 'b',
  broadcast: {
    broadcastId: 'b',
    target,
    payload: { dataType: 'text', data: 'what was said' },
    acceptedAt: 0,
    traceparent: null,
  },
  attempt: 4,
  recipients: { pushAddress: 'http://push/api-secret', connectionIds: ['a', 'c'] },
  ...over,
});

describe('the dead letters of the API', () => {
  let bench: ApiBench;
  beforeEach(async () => {
    bench = await ApiBench.start();
  });
  afterEach(() => bench.api.close());

  let keys = 0;
  const bury = async (body: string | QueueMessage): Promise<string> => {
    const deadAt = Date.UTC(2026, 0, 2);
    const written = typeof body === 'string' ? body : encodeQueueMessage(body);
    await bench.deadLetters.add({ key: `${++keys}`, lane: 3, body: written, reason: 'HTTP 404', deadAt });
    return (await bench.deadLetters.page('', 1_000)).at(-1)?.id ?? '';
  };
  const get = (rest = ''): ReturnType<ApiBench['call']> => bench.call('GET', `/v1/dead-letters${rest}`);
  const idsOf = (json: unknown): string[] =>
    (json as { deadLetters: { id: string }[] }).deadLetters.map(({ id }) => id);

  it('are listed with the reason, without payload and push address', async () => {
    const id = await bury(message());
    const { status, json, text } = await get();
    expect([status, json]).toEqual([
      200,
      {
        deadLetters: [
          {
            id,
            lane: 3,
            reason: 'HTTP 404',
            deadAt: '2026-01-02T00:00:00.000Z',
            broadcastId: 'b',
            target: { kind: 'all', except: null },
            recipients: 2,
            attempt: 4,
          },
        ],
        next: null,
      },
    ]);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('what was said');
  });

  it.each<[Target]>([
    [{ kind: 'room', room: 'tea', except: 'a' }],
    [{ kind: 'user', userId: 'ann', except: null }],
    [{ kind: 'connections', connectionIds: ['a', 'b'], except: null }],
  ])('say whom they were for: %j', async (target) => {
    await bury(message({ recipients: null }, target));
    expect((await get()).json).toMatchObject({ deadLetters: [{ target, recipients: null }] });
  });

  it.each(['not JSON', '{"version":2,"recipients":{"pushAddress":"http://secret"}}'])(
    'are listed though nobody can read them: %s',
    async (body) => {
      const id = await bury(body);
      const unreadable = {
        id,
        reason: 'HTTP 404',
        broadcastId: null,
        target: null,
        recipients: null,
        attempt: null,
      };
      expect((await get()).json).toMatchObject({ deadLetters: [unreadable] });
      const { status, json, text } = await get(`/${id}`);
      expect([status, json]).toEqual([200, expect.objectContaining({ ...unreadable, payload: null })]);
      expect(text).not.toContain('secret');
    },
  );

  it('are listed page by page, each once and oldest first', async () => {
    const all: string[] = [];
    for (let n = 0; n < 45; n++) all.push(await bury(message()));
    const found: string[] = [];
    const sizes: number[] = [];
    for (let after: string | null = ''; after !== null;) {
      const { json } = await get(`?limit=21&after=${after}`);
      found.push(...idsOf(json));
      sizes.push(idsOf(json).length);
      after = (json as { next: string | null }).next;
    }
    expect(found).toEqual(all);
    expect(sizes).toEqual([21, 21, 3]);
    expect(idsOf((await get()).json)).toHaveLength(20);
    expect((await get('?limit=45')).json).toMatchObject({ next: null });
  });

  it('are read a few at a time, so that large ones fit into memory', async () => {
    for (let n = 0; n < 30; n++) await bury(message());
    const page = jest.spyOn(bench.deadLetters, 'page');
    await get('?limit=25');
    expect(page.mock.calls.map(([, limit]) => limit)).toEqual([10, 10, 6]);
  });

  it.each(['limit=0', 'limit=101', 'reason=x'])('are not listed by %s', async (query) => {
    expect((await get(`?${query}`)).status).toBe(400);
  });

  it('are shown with their payload', async () => {
    const id = await bury(message());
    expect((await get(`/${id}`)).json).toMatchObject({
      id,
      recipients: 2,
      payload: { text: 'what was said' },
    });
    const { broadcast } = message();
    const binary = await bury(
      message({ broadcast: { ...broadcast, payload: { dataType: 'binary', data: 'AAH/' } } }),
    );
    expect((await get(`/${binary}`)).json).toMatchObject({ payload: { base64: 'AAH/' } });
    expect((await get('/none')).status).toBe(404);
  });

  it('go back onto their lane when they are requeued', async () => {
    const id = await bury(message());
    const enqueue = jest.spyOn(bench.queue, 'enqueue');
    const { status, json, headers } = await bench.call('POST', `/v1/dead-letters/${id}/requeue`);
    expect([status, json]).toEqual([202, { broadcastId: 'b' }]);
    expect(headers.get('location')).toBe('/v1/broadcasts/b');
    expect(enqueue).toHaveBeenCalledWith(3, expect.objectContaining({ attempt: 0 }));
    expect((await get()).json).toEqual({ deadLetters: [], next: null });
    expect((await bench.call('POST', `/v1/dead-letters/${id}/requeue`, '')).status).toBe(404);
  });

  it('stay where they are when nobody could read them, which is said', async () => {
    const id = await bury('not JSON');
    const { status, json } = await bench.call('POST', `/v1/dead-letters/${id}/requeue`);
    expect([status, json]).toEqual([
      409,
      { code: 'malformed_message', message: expect.stringContaining('not a queue message') },
    ]);
    expect(idsOf((await get()).json)).toEqual([id]);
  });

  it('stay where they are when the queue is away', async () => {
    const id = await bury(message());
    jest.spyOn(bench.queue, 'enqueue').mockRejectedValue(new QueueUnavailable('away'));
    const { status, json } = await bench.call('POST', `/v1/dead-letters/${id}/requeue`);
    expect([status, json]).toMatchObject([503, { code: 'queue_unavailable' }]);
    expect(idsOf((await get()).json)).toEqual([id]);
  });

  it('are answered with 503 when the database is away', async () => {
    for (const call of ['page', 'find'] as const)
      jest.spyOn(bench.deadLetters, call).mockRejectedValue(new StorageUnavailable('away'));
    for (const rest of ['', '/1']) {
      expect((await get(rest)).json).toMatchObject({ code: 'storage_unavailable' });
    }
  });
});

import { meteredFunction } from './metered-function';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

const event = { websocket: { action: 'closing' }, errNo: 7 };

it('events are counted and measured by what the function makes of them', async () => {
  const metrics = new Metrics('test');
  const handle = async (answer: unknown): Promise<unknown> => {
    const run = meteredFunction('transfer', async () => answer, metrics);
    return run(event);
  };
  const answers = [event, null, undefined, { errNo: 0 }, { errNo: 203 }, { errNo: 203 }, { errNo: 302 }];
  for (const answer of answers) expect(await handle(answer)).toBe(answer);
  // What would make a new figure for each value.
  for (const errNo of [-1, 1_000, 1.5, 'x', Infinity]) await handle({ errNo });
  const throwing = meteredFunction('cleanup', () => Promise.reject(new Error('storage')), metrics);
  await expect(throwing(event)).rejects.toThrow('storage');
  const count = (name: string, outcome: string): string =>
    `sendback_function_event_duration_seconds_count{function="${name}",outcome="${outcome}"}`;
  expect(await scrape(metrics, 'sendback_')).toEqual({
    [count('transfer', 'ok')]: 9,
    [count('transfer', '203')]: 2,
    [count('transfer', '302')]: 1,
    [count('cleanup', 'thrown')]: 1,
  });
});

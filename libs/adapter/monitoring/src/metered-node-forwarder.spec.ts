import { NodeForwarder, NodeUnreachable, type PushOutcome } from '@sendback/domain/gateway';
import { MeteredNodeForwarder } from './metered-node-forwarder';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

const OUTCOME = { gone: ['a'], slow: [] };

class Forwarder extends NodeForwarder {
  closed = 0;

  async forward({ tag }: { tag: string }): Promise<PushOutcome> {
    if (tag === 'away') throw new NodeUnreachable('no answer in time');
    return OUTCOME;
  }

  close(): void {
    this.closed++;
  }
}

it('pushes that are handed on are measured, and otherwise as before', async () => {
  const metrics = new Metrics('test');
  const forwarder = new Forwarder();
  const metered = new MeteredNodeForwarder(forwarder, metrics);
  const push = { connectionIds: ['a'], messages: null };
  const forward = (tag: string): Promise<PushOutcome> =>
    metered.forward({ tag, address: 'http://node' }, 'api-1', push);
  expect(await forward('there')).toBe(OUTCOME);
  expect(await forward('there')).toBe(OUTCOME);
  await expect(forward('away')).rejects.toThrow(NodeUnreachable);
  metered.close();
  expect(forwarder.closed).toBe(1);
  expect(await scrape(metrics, 'sendback_')).toEqual({
    'sendback_gateway_forward_duration_seconds_count{outcome="ok"}': 2,
    'sendback_gateway_forward_duration_seconds_count{outcome="failed"}': 1,
  });
});

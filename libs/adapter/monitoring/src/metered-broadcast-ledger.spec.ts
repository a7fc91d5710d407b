import { broadcastLedgerContract, MemoryBroadcastLedger } from '@sendback/domain/messaging/testing';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { MeteredBroadcastLedger } from './metered-broadcast-ledger';
import { Metrics } from './metrics';
import { parse } from './testing/scrape';

broadcastLedgerContract('memory, metered', async () => ({
  ledger: new MeteredBroadcastLedger(new MemoryBroadcastLedger(), new ManualClock(), new Metrics('test')),
  close: async () => undefined,
}));

it('broadcasts are measured from their acceptance until a lane has served them', async () => {
  const metrics = new Metrics('test');
  const clock = new ManualClock(1_000_000);
  const ledger = new MeteredBroadcastLedger(new MemoryBroadcastLedger(), clock, metrics);
  const tally = { recipients: 1, delivered: 1, gone: 0, slow: 0, failed: 0, pending: 0 };
  const part = (name: string, acceptedAt: number) => ({
    broadcastId: 'b',
    part: name,
    lanes: 3,
    acceptedAt,
    tally,
  });
  await ledger.record([
    part('lane-0', 998_000),
    part('lane-1', 999_500),
    part('retry-1-b.0', 0),
    // Accepted by a clock that is ahead.
    part('lane-2', 1_000_500),
  ]);
  const samples = parse(await metrics.text());
  const name = 'sendback_broadcast_duration_seconds';
  expect(samples.get(`${name}_count{}`)).toBe(3);
  expect(samples.get(`${name}_sum{}`)).toBe(2.5);
  expect(samples.get(`${name}_bucket{le="0.25"}`)).toBe(1);
  expect(samples.get(`${name}_bucket{le="0.5"}`)).toBe(2);
});

it('a broadcast that could not be recorded is not measured', async () => {
  class Broken extends MemoryBroadcastLedger {
    override async record(): Promise<void> {
      throw new Error('down');
    }
  }
  const metrics = new Metrics('test');
  const ledger = new MeteredBroadcastLedger(new Broken(), new ManualClock(), metrics);
  await expect(ledger.record([])).rejects.toThrow('down');
  expect(parse(await metrics.text()).get('sendback_broadcast_duration_seconds_count{}')).toBe(0);
});

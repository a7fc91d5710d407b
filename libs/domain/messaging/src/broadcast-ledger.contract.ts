import type { BroadcastLedger, Receipt, ReceiptPart, Tally } from './broadcast-ledger.port';

const empty: Tally = { recipients: 0, delivered: 0, gone: 0, slow: 0, failed: 0, pending: 0 };

const part = (name: string, tally: Partial<Tally>, more: Partial<ReceiptPart> = {}): ReceiptPart => ({
  broadcastId: 'b',
  part: name,
  lanes: 2,
  acceptedAt: 1_700_000_000_123,
  tally: { ...empty, ...tally },
  ...more,
});

/**
 * What every BroadcastLedger promises.
 * @param open gives an empty ledger and what closes it
 */
export function broadcastLedgerContract(
  name: string,
  open: () => Promise<{ ledger: BroadcastLedger; close: () => Promise<void> }>,
): void {
  describe(`BroadcastLedger on ${name}`, () => {
    let ledger: BroadcastLedger;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ ledger, close } = await open());
    });
    afterEach(() => close());

    const receipt = (tally: Partial<Tally>, status: Receipt['status'], lanesReported = [0]): Receipt => ({
      broadcastId: 'b',
      acceptedAt: 1_700_000_000_123,
      lanesReported,
      status,
      ...empty,
      ...tally,
    });
    const announcement = {
      broadcastId: 'b',
      lanes: 2,
      acceptedAt: 1_700_000_000_123,
      fingerprint: 'f'.repeat(64),
    };

    it('knows nothing of a broadcast that nobody spoke of', async () => {
      expect(await ledger.find('b')).toBeNull();
    });

    it('knows a broadcast from its announcement on', async () => {
      expect(await ledger.announce(announcement)).toEqual(receipt({}, 'running', []));
      expect(await ledger.find('b')).toEqual(receipt({}, 'running', []));
      await ledger.record([
        part('lane-0', { recipients: 1, gone: 1 }),
        part('lane-1', { recipients: 2, delivered: 2 }),
      ]);
      expect(await ledger.find('b')).toEqual(
        receipt({ recipients: 3, gone: 1, delivered: 2 }, 'finished', [0, 1]),
      );
    });

    it('answers an announcement that is repeated with the receipt, and one that says something else as conflicting', async () => {
      const other = { ...announcement, fingerprint: 'e'.repeat(64) };
      await ledger.announce(announcement);
      await ledger.record([part('lane-0', { recipients: 1, gone: 1 })]);
      const repeated = await ledger.announce({ ...announcement, acceptedAt: 1_700_000_000_999 });
      expect(repeated).toEqual(receipt({ recipients: 1, gone: 1 }, 'running'));
      expect(await ledger.announce(other)).toBe('conflicting');
      expect(await ledger.announce({ ...other, broadcastId: 'c' })).toMatchObject({ broadcastId: 'c' });
    });

    it('takes the first of several announcements at the same time', async () => {
      const fingerprints = Array.from({ length: 20 }, (_, n) => `${n}`);
      const outcomes = await Promise.all(
        fingerprints.map((fingerprint) => ledger.announce({ ...announcement, fingerprint })),
      );
      expect(outcomes.filter((outcome) => outcome === 'conflicting')).toHaveLength(19);
    });

    it('is running until every lane has reported', async () => {
      await ledger.record([part('lane-0', { recipients: 3, delivered: 3 })]);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 3, delivered: 3 }, 'running'));
      await ledger.record([part('lane-1', { recipients: 2, delivered: 1, gone: 1 })]);
      expect(await ledger.find('b')).toEqual(
        receipt({ recipients: 5, delivered: 4, gone: 1 }, 'finished', [0, 1]),
      );
    });

    it('is finished for a room when its one lane has reported', async () => {
      await ledger.record([part('lane-6', { recipients: 1, slow: 1 }, { lanes: 1 })]);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 1, slow: 1 }, 'finished', [6]));
    });

    it('is running while recipients are pending, and lets retries settle them', async () => {
      await ledger.record([part('lane-0', { recipients: 9, delivered: 4, pending: 5 }, { lanes: 1 })]);
      expect((await ledger.find('b'))?.status).toBe('running');
      await ledger.record([part('retry-0-b.0', { delivered: 3, pending: -3 }, { lanes: 1 })]);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 9, delivered: 7, pending: 2 }, 'running'));
      await ledger.record([part('retry-0-b.1', { failed: 2, pending: -2 }, { lanes: 1 })]);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 9, delivered: 7, failed: 2 }, 'finished'));
    });

    it('lets a part that is recorded again replace what it said before', async () => {
      await ledger.record([part('lane-0', { recipients: 9, pending: 9 }, { lanes: 1 })]);
      await ledger.record([part('lane-0', { recipients: 8, delivered: 8 }, { lanes: 1 })]);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 8, delivered: 8 }, 'finished'));
    });

    it('takes the last of parts that are recorded together under one name', async () => {
      const twice = [1, 2].map((recipients) =>
        part('lane-0', { recipients, delivered: recipients }, { lanes: 1 }),
      );
      await ledger.record(twice);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 2, delivered: 2 }, 'finished'));
    });

    it('takes parts from many at the same time', async () => {
      const lanes = Array.from({ length: 20 }, (_, lane) =>
        part(`lane-${lane}`, { recipients: 1, gone: 1 }, { lanes: 20 }),
      );
      await Promise.all([...lanes, ...lanes].map((one) => ledger.record([one])));
      const reported = lanes.map((_, lane) => lane);
      expect(await ledger.find('b')).toEqual(receipt({ recipients: 20, gone: 20 }, 'finished', reported));
    });

    it('takes thousands of parts at once, of many broadcasts, and none', async () => {
      const parts = Array.from({ length: 2_500 }, (_, index) =>
        part('lane-0', { recipients: index, delivered: index }, { broadcastId: `b${index}`, lanes: 1 }),
      );
      await ledger.record(parts);
      await ledger.record([]);
      for (const index of [0, 199, 200, 2_499]) {
        expect(await ledger.find(`b${index}`)).toMatchObject({ recipients: index, status: 'finished' });
      }
    });

    it('keeps broadcasts apart', async () => {
      await ledger.record([
        part('lane-0', { recipients: 1 }),
        part('lane-0', { recipients: 2 }, { broadcastId: 'B' }),
      ]);
      expect([(await ledger.find('b'))?.recipients, (await ledger.find('B'))?.recipients]).toEqual([1, 2]);
    });

    it('forgets what was accepted before a moment, and only that', async () => {
      const accepted = (acceptedAt: number): ReceiptPart[] =>
        [0, 1].map((lane) =>
          part(`lane-${lane}`, { recipients: 1 }, { broadcastId: `at ${acceptedAt}`, acceptedAt }),
        );
      await ledger.announce({ ...announcement, broadcastId: 'at 999', acceptedAt: 999 });
      await ledger.record([999, 1_000, 1_001].flatMap(accepted));
      await ledger.prune(1_000);
      expect(await ledger.find('at 999')).toBeNull();
      expect((await ledger.find('at 1000'))?.recipients).toBe(2);
      expect((await ledger.find('at 1001'))?.recipients).toBe(2);
    });

    it('forgets thousands', async () => {
      const parts = Array.from({ length: 2_500 }, (_, index) =>
        part('lane-0', {}, { broadcastId: `b${index}`, acceptedAt: index }),
      );
      await ledger.record(parts);
      await ledger.prune(2_400);
      expect(await ledger.find('b2399')).toBeNull();
      expect(await ledger.find('b2400')).not.toBeNull();
    });
  });
}

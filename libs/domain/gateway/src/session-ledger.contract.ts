import { LedgerUnavailable, type LedgerSession, type SessionLedger } from './session-ledger.port';

const session = (connectionId: string): LedgerSession => ({
  connectionId,
  apiId: 'api-1',
  cleanupRequestId: `cleanup of ${connectionId}`,
  openedAt: 1_700_000_000_123,
});

const NOW = 1_700_000_100_000;
const LEASE = 10_000;
const RUN_OUT = NOW + LEASE;

/**
 * What every SessionLedger promises.
 * @param open gives an empty ledger and what closes it
 */
export function sessionLedgerContract(
  name: string,
  open: () => Promise<{ ledger: SessionLedger; close: () => Promise<void> }>,
): void {
  describe(`SessionLedger on ${name}`, () => {
    let ledger: SessionLedger;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ ledger, close } = await open());
    });
    afterEach(() => close());

    /** A tenure that owns these sessions. */
    const owner = async (nodeId: string, ...ids: string[]): ReturnType<SessionLedger['begin']> => {
      const tenure = await ledger.begin(nodeId, NOW, LEASE);
      for (const id of ids) await ledger.add(tenure, session(id));
      return tenure;
    };
    const ids = (sessions: readonly LedgerSession[]): string[] =>
      sessions.map(({ connectionId }) => connectionId).sort();

    describe('a tenure', () => {
      it('has a greater epoch than all before it on its node', async () => {
        const epochs = [];
        for (let n = 0; n < 3; n++) epochs.push((await ledger.begin('a', NOW, LEASE)).epoch);
        expect(epochs[1]).toBeGreaterThan(epochs[0]!);
        expect(epochs[2]).toBeGreaterThan(epochs[1]!);
      });

      it('is one of many when many begin at the same time, and the latest holds', async () => {
        const tenures = await Promise.all(Array.from({ length: 5 }, () => ledger.begin('a', NOW, LEASE)));
        expect(new Set(tenures.map(({ epoch }) => epoch)).size).toBe(5);
        const latest = Math.max(...tenures.map(({ epoch }) => epoch));
        for (const tenure of tenures) {
          expect(await ledger.renew(tenure, NOW, LEASE)).toBe(tenure.epoch === latest);
        }
      });

      it('is renewed, also after its lease ran out when nobody took its sessions', async () => {
        const tenure = await owner('a', '1');
        expect(await ledger.renew(tenure, NOW + 1, LEASE)).toBe(true);
        expect(await ledger.renew(tenure, RUN_OUT + LEASE, LEASE)).toBe(true);
      });

      it('is over when its node has begun a later epoch', async () => {
        const earlier = await owner('a');
        const other = await owner('b');
        await owner('a');
        expect(await ledger.renew(earlier, NOW, LEASE)).toBe(false);
        expect(await ledger.renew(other, NOW, LEASE)).toBe(true);
      });

      it('is over when its sessions were adopted after its lease ran out', async () => {
        const late = await owner('a', '1', '2');
        const heir = await ledger.begin('b', RUN_OUT, LEASE);
        await ledger.adopt(heir, RUN_OUT, 1);
        expect(await ledger.renew(late, RUN_OUT, LEASE)).toBe(false);
      });

      it('is over once it was ended', async () => {
        const tenure = await owner('a');
        await ledger.end(tenure);
        await ledger.end(tenure);
        expect(await ledger.renew(tenure, NOW, LEASE)).toBe(false);
      });

      it('is over when nobody knows of it', async () => {
        await ledger.end({ nodeId: 'nobody', epoch: 1 });
        expect(await ledger.renew({ nodeId: 'nobody', epoch: 1 }, NOW, LEASE)).toBe(false);
      });

      it('records no session once it is over', async () => {
        const earlier = await owner('a');
        await owner('a');
        await expect(ledger.add(earlier, session('1'))).rejects.toBeInstanceOf(LedgerUnavailable);
        await expect(ledger.add({ nodeId: 'nobody', epoch: 1 }, session('1'))).rejects.toThrow(
          LedgerUnavailable,
        );
      });

      it('adopts nothing once it is over, or its own lease has run out', async () => {
        const earlier = await owner('a', '1');
        await owner('a');
        expect(await ledger.adopt(earlier, NOW, 10)).toEqual([]);
        const late = await owner('b');
        expect(await ledger.adopt(late, RUN_OUT, 10)).toEqual([]);
      });
    });

    describe('adopting', () => {
      it('takes over what an earlier epoch of the node left, as it was recorded', async () => {
        await owner('a', '1');
        const heir = await owner('a');
        expect(await ledger.adopt(heir, NOW, 10)).toEqual([session('1')]);
      });

      it('takes over from another node when its lease has run out, not before', async () => {
        await owner('a', '1');
        const heir = await ledger.begin('b', NOW, 3 * LEASE);
        expect(await ledger.adopt(heir, RUN_OUT - 1, 10)).toEqual([]);
        expect(await ledger.adopt(heir, RUN_OUT, 10)).toEqual([session('1')]);
      });

      it('waits longer for a lease that was renewed', async () => {
        const tenure = await owner('a', '1');
        await ledger.renew(tenure, NOW + 5_000, LEASE);
        const heir = await ledger.begin('b', NOW, 3 * LEASE);
        expect(await ledger.adopt(heir, RUN_OUT, 10)).toEqual([]);
        expect(await ledger.adopt(heir, RUN_OUT + 5_000, 10)).toEqual([session('1')]);
      });

      it('takes over at once what a tenure left that was ended', async () => {
        const ended = await owner('a', '1');
        await ledger.end(ended);
        expect(await ledger.adopt(await owner('b'), NOW, 10)).toEqual([session('1')]);
      });

      it('leaves its own sessions and those of the living', async () => {
        await owner('a', '1');
        const heir = await owner('b', '2');
        expect(await ledger.adopt(heir, NOW, 10)).toEqual([]);
      });

      it('takes up to a limit, again and again until none is left', async () => {
        await owner('a', '1', '2', '3', '4', '5');
        const heir = await owner('a');
        const taken = [];
        for (const expected of [2, 2, 1, 0]) {
          const some = await ledger.adopt(heir, NOW, 2);
          expect(some).toHaveLength(expected);
          taken.push(...some);
        }
        expect(ids(taken)).toEqual(['1', '2', '3', '4', '5']);
      });

      it('gives a session to one of many that adopt at the same time', async () => {
        const all = Array.from({ length: 60 }, (_, index) => String(index));
        await owner('dead', ...all);
        const heirs = await Promise.all(
          ['a', 'b', 'b', 'c'].map((nodeId) => ledger.begin(nodeId, RUN_OUT, LEASE)),
        );
        const adoptAll = async (heir: (typeof heirs)[number]): Promise<string[]> => {
          const taken = ids(await ledger.adopt(heir, RUN_OUT, 7));
          return taken.length === 0 ? [] : [...taken, ...(await adoptAll(heir))];
        };
        const taken = await Promise.all([...heirs, ...heirs].map(adoptAll));
        expect(taken.flat().sort()).toEqual(all.sort());
      });

      it('makes the heir the owner, whose own end orphans them again', async () => {
        await owner('a', '1');
        const heir = await owner('a');
        await ledger.adopt(heir, NOW, 10);
        expect(await ledger.adopt(await owner('b'), NOW, 10)).toEqual([]);
        await ledger.end(heir);
        expect(await ledger.adopt(await owner('b'), NOW, 10)).toEqual([session('1')]);
      });
    });

    describe('sessions', () => {
      it('stay as they are when they are recorded twice', async () => {
        const tenure = await owner('a', '1');
        await ledger.add(tenure, { ...session('1'), apiId: 'another' });
        expect(await ledger.adopt(await owner('a'), NOW, 10)).toEqual([session('1')]);
      });

      it('are not adopted once they were removed', async () => {
        await owner('a', '1', '2', '3');
        await ledger.remove(['2']);
        await ledger.remove(['nobody']);
        await ledger.remove([]);
        expect(ids(await ledger.adopt(await owner('a'), NOW, 10))).toEqual(['1', '3']);
      });

      it('are told apart by case', async () => {
        await owner('a', 'x', 'X');
        expect(ids(await ledger.adopt(await owner('a'), NOW, 10))).toEqual(['X', 'x']);
      });

      it('are added and removed by the thousand', async () => {
        const all = Array.from({ length: 2_500 }, (_, index) => `id ${index}`);
        const tenure = await owner('a');
        for (let at = 0; at < all.length; at += 100)
          await Promise.all(all.slice(at, at + 100).map((id) => ledger.add(tenure, session(id))));
        await ledger.remove(all.slice(1));
        expect(ids(await ledger.adopt(await owner('a'), NOW, 10_000))).toEqual([all[0]]);
      });
    });

    describe('the id of an API', () => {
      it('is the first candidate, for ever', async () => {
        expect(await ledger.apiId('chat', 'one')).toBe('one');
        expect(await ledger.apiId('chat', 'two')).toBe('one');
      });

      it('is its own for every name', async () => {
        expect(
          await Promise.all(['chat', 'Chat', 'chat '].map((api) => ledger.apiId(api, `id of ${api}.`))),
        ).toEqual(['id of chat.', 'id of Chat.', 'id of chat .']);
      });

      it('is one when many ask at the same time', async () => {
        const candidates = Array.from({ length: 20 }, (_, index) => `candidate ${index}`);
        const given = await Promise.all(candidates.map((candidate) => ledger.apiId('chat', candidate)));
        expect(new Set(given).size).toBe(1);
      });
    });
  });
}

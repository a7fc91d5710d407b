import {
  type GatewayNode,
  LedgerUnavailable,
  type LedgerSession,
  type SessionLedger,
} from './session-ledger.port';

const session = (connectionId: string): LedgerSession => ({
  connectionId,
  apiId: 'api-1',
  cleanupRequestId: `cleanup of ${connectionId}`,
  openedAt: 1_700_000_000_123,
});

/** Longer than any of these tests may take. */
const LEASE = 300_000;

const node = (tag: string): GatewayNode => ({ tag, address: `http://${tag}.example.com:8081` });

export interface LedgerUnderTest {
  /** Empty. */
  readonly ledger: SessionLedger;
  /** Lets so many milliseconds pass by the ledger's clock. */
  readonly pass: (ms: number) => void;
  readonly close: () => Promise<void>;
}

/** What every SessionLedger promises. */
export function sessionLedgerContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`SessionLedger on ${name}`, () => {
    let ledger: SessionLedger;
    let pass: LedgerUnderTest['pass'];
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ ledger, pass, close } = await open());
    });
    afterEach(() => close());

    /** A tenure that owns these sessions. */
    const owner = async (nodeId: string, ...ids: string[]): ReturnType<SessionLedger['begin']> => {
      const tenure = await ledger.begin(nodeId, LEASE, null);
      for (const id of ids) await ledger.add(tenure, session(id));
      return tenure;
    };
    const ids = (sessions: readonly LedgerSession[]): string[] =>
      sessions.map(({ connectionId }) => connectionId).sort();

    describe('a tenure', () => {
      it('has a greater epoch than all before it on its node', async () => {
        const epochs = [];
        for (let n = 0; n < 3; n++) epochs.push((await ledger.begin('a', LEASE, null)).epoch);
        expect(epochs[1]).toBeGreaterThan(epochs[0]!);
        expect(epochs[2]).toBeGreaterThan(epochs[1]!);
      });

      it('is one of many when many begin at the same time, and the latest holds', async () => {
        const tenures = await Promise.all(Array.from({ length: 5 }, () => ledger.begin('a', LEASE, null)));
        expect(new Set(tenures.map(({ epoch }) => epoch)).size).toBe(5);
        const latest = Math.max(...tenures.map(({ epoch }) => epoch));
        for (const tenure of tenures) {
          expect(await ledger.renew(tenure, LEASE)).toBe(tenure.epoch === latest);
        }
      });

      it('is renewed, also after its lease ran out when nobody found it so', async () => {
        const tenure = await owner('a', '1');
        expect(await ledger.renew(tenure, LEASE)).toBe(true);
        pass(2 * LEASE);
        await ledger.adopt(await owner('b'), 10, false);
        expect(await ledger.renew(tenure, LEASE)).toBe(true);
      });

      it('is over when its node has begun a later epoch', async () => {
        const earlier = await owner('a');
        const other = await owner('b');
        await owner('a');
        expect(await ledger.renew(earlier, LEASE)).toBe(false);
        expect(await ledger.renew(other, LEASE)).toBe(true);
      });

      it('is over when another found its lease run out, with sessions or without', async () => {
        const late = [await owner('a', '1', '2'), await owner('b')];
        pass(LEASE);
        const heir = await owner('c');
        await ledger.adopt(heir, 1, true);
        for (const tenure of late) expect(await ledger.renew(tenure, LEASE)).toBe(false);
        expect(await ledger.renew(heir, LEASE)).toBe(true);
      });

      it('is over once it was ended', async () => {
        const tenure = await owner('a');
        await ledger.end(tenure);
        await ledger.end(tenure);
        expect(await ledger.renew(tenure, LEASE)).toBe(false);
      });

      it('is over when nobody knows of it', async () => {
        await ledger.end({ nodeId: 'nobody', epoch: 1 });
        expect(await ledger.renew({ nodeId: 'nobody', epoch: 1 }, LEASE)).toBe(false);
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
        expect(await ledger.adopt(earlier, 10, true)).toEqual([]);
        const late = await owner('b');
        pass(LEASE);
        expect(await ledger.adopt(late, 10, true)).toEqual([]);
      });
    });

    describe('adopting', () => {
      it('takes over what an earlier epoch of the node left, as it was recorded', async () => {
        await owner('a', '1');
        const heir = await owner('a');
        expect(await ledger.adopt(heir, 10, false)).toEqual([session('1')]);
      });

      it('takes over from another node when its lease has run out, not before', async () => {
        await owner('a', '1');
        const heir = await ledger.begin('b', 3 * LEASE, null);
        pass(LEASE / 2);
        expect(await ledger.adopt(heir, 10, true)).toEqual([]);
        pass(LEASE / 2);
        expect(await ledger.adopt(heir, 10, true)).toEqual([session('1')]);
      });

      it('leaves another node its sessions when it is not to end silent ones', async () => {
        await owner('a', '1');
        pass(LEASE);
        const heir = await owner('b');
        expect(await ledger.adopt(heir, 10, false)).toEqual([]);
        expect(await ledger.adopt(heir, 10, true)).toEqual([session('1')]);
      });

      it('waits longer for a lease that was renewed', async () => {
        const tenure = await owner('a', '1');
        const heir = await ledger.begin('b', 3 * LEASE, null);
        pass(LEASE / 2);
        await ledger.renew(tenure, LEASE);
        pass(LEASE / 2);
        expect(await ledger.adopt(heir, 10, true)).toEqual([]);
        pass(LEASE / 2);
        expect(await ledger.adopt(heir, 10, true)).toEqual([session('1')]);
      });

      it('takes over at once what a tenure left that was ended', async () => {
        const ended = await owner('a', '1');
        await ledger.end(ended);
        expect(await ledger.adopt(await owner('b'), 10, false)).toEqual([session('1')]);
      });

      it('leaves its own sessions and those of the living', async () => {
        await owner('a', '1');
        const heir = await owner('b', '2');
        expect(await ledger.adopt(heir, 10, true)).toEqual([]);
      });

      it('takes up to a limit, again and again until none is left', async () => {
        await owner('a', '1', '2', '3', '4', '5');
        const heir = await owner('a');
        const taken = [];
        for (const expected of [2, 2, 1, 0]) {
          const some = await ledger.adopt(heir, 2, false);
          expect(some).toHaveLength(expected);
          taken.push(...some);
        }
        expect(ids(taken)).toEqual(['1', '2', '3', '4', '5']);
      });

      it('gives a session to one of many that adopt at the same time', async () => {
        const all = Array.from({ length: 60 }, (_, index) => String(index));
        await owner('dead', ...all);
        pass(LEASE);
        const heirs = await Promise.all(
          ['a', 'b', 'b', 'c'].map((nodeId) => ledger.begin(nodeId, LEASE, null)),
        );
        const adoptAll = async (heir: (typeof heirs)[number]): Promise<string[]> => {
          const taken = ids(await ledger.adopt(heir, 7, true));
          return taken.length === 0 ? [] : [...taken, ...(await adoptAll(heir))];
        };
        const taken = await Promise.all([...heirs, ...heirs].map(adoptAll));
        expect(taken.flat().sort()).toEqual(all.sort());
      });

      it('makes the heir the owner, whose own end orphans them again', async () => {
        await owner('a', '1');
        const heir = await owner('a');
        await ledger.adopt(heir, 10, false);
        expect(await ledger.adopt(await owner('b'), 10, false)).toEqual([]);
        await ledger.end(heir);
        expect(await ledger.adopt(await owner('b'), 10, false)).toEqual([session('1')]);
      });
    });

    describe('sessions', () => {
      it('stay as they are when they are recorded twice', async () => {
        const tenure = await owner('a', '1');
        await ledger.add(tenure, { ...session('1'), apiId: 'another' });
        expect(await ledger.adopt(await owner('a'), 10, false)).toEqual([session('1')]);
      });

      it('are each recorded or refused by themselves, however many come at once', async () => {
        const over = await owner('a');
        const tenure = await owner('a');
        const adding = [
          ledger.add(tenure, session('1')),
          ledger.add(tenure, session('1')),
          ledger.add(over, session('2')),
          ledger.add(tenure, session('3')),
          ledger.add(over, session('1')),
        ];
        const outcomes = (await Promise.allSettled(adding)).map(({ status }) => status);
        expect(outcomes.slice(0, 4)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
        expect(ids(await ledger.adopt(await owner('a'), 10, false))).toEqual(['1', '3']);
      });

      it('are not adopted once they were removed', async () => {
        await owner('a', '1', '2', '3');
        await ledger.remove(['2']);
        await ledger.remove(['nobody']);
        await ledger.remove([]);
        expect(ids(await ledger.adopt(await owner('a'), 10, false))).toEqual(['1', '3']);
      });

      it('are told apart by case', async () => {
        await owner('a', 'x', 'X');
        expect(ids(await ledger.adopt(await owner('a'), 10, false))).toEqual(['X', 'x']);
      });

      it('are added and removed by the thousand', async () => {
        const all = Array.from({ length: 2_500 }, (_, index) => `id ${index}`);
        const tenure = await owner('a');
        await Promise.all(all.map((id) => ledger.add(tenure, session(id))));
        await ledger.remove(all.slice(1));
        expect(ids(await ledger.adopt(await owner('a'), 10_000, false))).toEqual([all[0]]);
      });
    });

    describe('the nodes', () => {
      const tags = async (): Promise<string[]> => (await ledger.nodes()).map(({ tag }) => tag).sort();

      it('are found under the address they gave', async () => {
        expect(await ledger.nodes()).toEqual([]);
        await ledger.begin('a', LEASE, node('aa'));
        expect(await ledger.nodes()).toEqual([node('aa')]);
        await ledger.begin('b', LEASE, node('bb'));
        expect(await tags()).toEqual(['aa', 'bb']);
      });

      it('are there until their tenure is over, also when their lease has run out', async () => {
        await ledger.begin('a', LEASE, node('aa'));
        await ledger.begin('a', LEASE, node('a2'));
        const ended = await ledger.begin('b', LEASE, node('bb'));
        expect(await tags()).toEqual(['a2', 'bb']);
        await ledger.end(ended);
        pass(LEASE);
        expect(await tags()).toEqual(['a2']);
        await ledger.adopt(await ledger.begin('c', LEASE, node('cc')), 1, true);
        expect(await tags()).toEqual(['cc']);
      });

      it('are not told of one that is alone', async () => {
        await owner('a', '1');
        expect(await ledger.nodes()).toEqual([]);
      });

      it('never share a tag', async () => {
        await ledger.begin('a', LEASE, node('aa'));
        await expect(ledger.begin('b', LEASE, node('aa'))).rejects.toBeInstanceOf(LedgerUnavailable);
        await ledger.begin('c', LEASE, null);
        await ledger.begin('d', LEASE, null);
      });
    });

    describe('a secret', () => {
      it('is the first candidate, for ever', async () => {
        expect(await ledger.secret('chat', 'one')).toBe('one');
        expect(await ledger.secret('chat', 'two')).toBe('one');
      });

      it('is its own for every name', async () => {
        expect(
          await Promise.all(['chat', 'Chat', 'chat '].map((name) => ledger.secret(name, `that of ${name}.`))),
        ).toEqual(['that of chat.', 'that of Chat.', 'that of chat .']);
      });

      it('is one when many ask at the same time', async () => {
        const candidates = Array.from({ length: 20 }, (_, index) => `candidate ${index}`);
        const given = await Promise.all(candidates.map((candidate) => ledger.secret('chat', candidate)));
        expect(new Set(given).size).toBe(1);
      });
    });
  });
}

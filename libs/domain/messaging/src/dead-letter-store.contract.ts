import type { DeadLetterStore, NewDeadLetter } from './dead-letter-store.port';

const letter = (key: string, more: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  key,
  lane: 3,
  body: `body of ${key}`,
  reason: `no ${key}`,
  deadAt: 1_700_000_000_123,
  ...more,
});

/**
 * What every DeadLetterStore promises.
 * @param open gives an empty store and what closes it
 */
export function deadLetterStoreContract(
  name: string,
  open: () => Promise<{ store: DeadLetterStore; close: () => Promise<void> }>,
): void {
  describe(`DeadLetterStore on ${name}`, () => {
    let store: DeadLetterStore;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    const reasons = async (after = '', limit = 100): Promise<string[]> =>
      (await store.page(after, limit)).map(({ reason }) => reason);

    it('gives back what was handed in', async () => {
      await store.add(letter('a'));
      const [found] = await store.page('', 1);
      const { key: _, ...kept } = letter('a');
      expect(found).toEqual({ ...kept, id: found?.id });
      expect(await store.find(found?.id ?? '')).toEqual(found);
    });

    it('keeps one that is handed in again as it was first', async () => {
      await store.add(letter('a'));
      await store.add(letter('b'));
      await store.add(letter('a', { reason: 'another' }));
      expect(await reasons()).toEqual(['no a', 'no b']);
    });

    it('keeps one when many hand in the same at the same time', async () => {
      await Promise.all(Array.from({ length: 20 }, () => store.add(letter('a'))));
      expect(await reasons()).toEqual(['no a']);
    });

    it('tells keys apart by every character', async () => {
      for (const key of ['a', 'A', 'a ', 'ä', 'x'.repeat(499), 'x'.repeat(500)]) await store.add(letter(key));
      expect(await reasons()).toHaveLength(6);
    });

    it('pages in the order of arrival', async () => {
      const keys = Array.from({ length: 25 }, (_, n) => `${n}`);
      for (const key of keys) await store.add(letter(key));
      const seen: string[] = [];
      for (let after = '', more = true; more;) {
        const page = await store.page(after, 10);
        seen.push(...page.map(({ reason }) => reason));
        more = page.length === 10;
        after = page.at(-1)?.id ?? after;
      }
      expect(seen).toEqual(keys.map((key) => `no ${key}`));
      const ids = (await store.page('', 100)).map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort());
    });

    it('finds nothing under an id that is unknown, or none of its own', async () => {
      for (const id of ['', '1', 'nobody', '-1', '9'.repeat(40), "'"])
        expect(await store.find(id)).toBeNull();
    });

    it('takes any text for where a page begins', async () => {
      await store.add(letter('a'));
      for (const after of ['9'.repeat(40), 'z']) expect(await store.page(after, 10)).toEqual([]);
    });

    it('removes one, and takes the removal of one that is not there', async () => {
      for (const key of ['a', 'b', 'c']) await store.add(letter(key));
      const [, second] = await store.page('', 10);
      await store.remove(second?.id ?? '');
      await store.remove(second?.id ?? '');
      await store.remove('nobody');
      expect(await reasons()).toEqual(['no a', 'no c']);
      expect(await store.find(second?.id ?? '')).toBeNull();
    });

    it('takes the largest body, a long reason, and any characters', async () => {
      const body = '"\\𠮷'.repeat(300_000);
      await store.add(letter('a', { body, reason: 'é'.repeat(20_000), deadAt: 0 }));
      const [found] = await store.page('', 1);
      expect(found?.body === body).toBe(true);
      expect(found?.reason).toHaveLength(20_000);
    });
  });
}

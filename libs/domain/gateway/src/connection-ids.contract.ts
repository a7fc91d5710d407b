import type { ConnectionIds } from './connection-ids.port';

const MANY = 4_096;

/**
 * What every ConnectionIds promises.
 * @param open gives one with the key of this number, and with random ids of its own
 */
export function connectionIdsContract(name: string, open: (key: number) => ConnectionIds): void {
  describe(`ConnectionIds of ${name}`, () => {
    const tag = '0123456789ab';
    const many = (ids: ConnectionIds): string[] => Array.from({ length: MANY }, () => ids.create(tag));

    it('name their tag to all that share the key', () => {
      const [mine, theirs] = [open(1), open(1)];
      for (const each of [tag, '000000000000', 'ffffffffffff'])
        for (let n = 0; n < 100; n++) expect(theirs.tagOf(mine.create(each))).toBe(each);
    });

    it('are 44 hexadecimal digits, all different', () => {
      const ids = many(open(1));
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{44}$/);
      expect(new Set(ids.map((id) => id.slice(0, 32))).size).toBe(MANY);
    });

    it('name another tag, or none, to who has another key', () => {
      const stranger = open(2);
      expect(many(open(1)).filter((id) => stranger.tagOf(id) === tag)).toEqual([]);
    });

    it('look random in every digit, though they all share a tag', () => {
      const ids = many(open(1));
      for (let at = 0; at < 44; at++) {
        const counts = new Array<number>(16).fill(0);
        for (const id of ids) counts[parseInt(id.charAt(at), 16)]!++;
        expect(chiSquare(counts)).toBeLessThan(BEYOND_CHANCE);
      }
    });

    it('do not show that two of them share a tag', () => {
      const sealed = many(open(1)).map((id) => id.slice(32));
      expect(new Set(sealed).size).toBe(MANY);
      for (let at = 0; at < 12; at++) {
        const counts = new Array<number>(16).fill(0);
        sealed.slice(1).forEach((digits, index) => {
          counts[parseInt(digits.charAt(at), 16) ^ parseInt(sealed[index]!.charAt(at), 16)]!++;
        });
        expect(chiSquare(counts)).toBeLessThan(BEYOND_CHANCE);
      }
    });

    it('name no tag that anybody has once any digit was changed', () => {
      const ids = open(1);
      const id = ids.create(tag);
      for (let at = 0; at < 44; at++) {
        const digit = (parseInt(id.charAt(at), 16) ^ 1).toString(16);
        const changed = `${id.slice(0, at)}${digit}${id.slice(at + 1)}`;
        expect(ids.tagOf(changed)).not.toBe(tag);
      }
    });

    it.each([
      '',
      'a'.repeat(32),
      'a'.repeat(43),
      'a'.repeat(45),
      'g'.repeat(44),
      'ü'.repeat(44),
      'ü'.repeat(22),
      '\u{10ffff}'.repeat(22),
      'xawexasdfewezdfsdfeasdfffa==',
      ` ${'a'.repeat(43)}`,
    ])('name no tag when they were made otherwise: %j', (id) => {
      expect(open(1).tagOf(id)).toBeNull();
    });
  });
}

/** Of 16 equally likely digits: exceeded by chance once in 10 million times. */
const BEYOND_CHANCE = 61;

function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * The first `count` ids that come after one, in their order. Of all the others it keeps none: what a page of a long
 * list costs is to look at every id once.
 */
export function firstIds(ids: Iterable<string>, after: string, count: number): string[] {
  let first: string[] = [];
  let last: string | null = null;
  for (const id of ids) {
    if (id <= after || (last !== null && id >= last)) continue;
    first.push(id);
    if (first.length < 2 * count) continue;
    first = first.sort().slice(0, count);
    last = first.at(-1) ?? null;
  }
  return first.sort().slice(0, count);
}

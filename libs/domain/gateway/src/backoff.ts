const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Milliseconds to wait after the given number of failures in a row, 1 for the first: doubles up to 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}

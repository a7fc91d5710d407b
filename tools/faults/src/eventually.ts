import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until `holds` resolves to true; false when it did not within `ms`. */
export async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + ms; ;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await sleep(100);
  }
}

/** @throws Error when it does not come about within `ms` */
export async function eventually(
  ms: number,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  if (!(await within(ms, holds)))
    throw new Error(`it did not come about within ${ms / 1_000} s that ${what}`);
}

import { watch } from 'node:fs';
import type { Log } from '@sendback/domain/runtime';

const CODE = /\.(?:[cm]?js|json|node|py)$/;

/** An editor writes a file in several steps. */
const SETTLE_MS = 100;

/**
 * Calls `changed` when code in this folder has changed; folders in it are not looked into, and other files are none:
 * a function may write its data there.
 * @returns what stops it
 */
export function watchCode(folder: string, changed: () => void, log: Log): () => void {
  let timer: NodeJS.Timeout | undefined;
  const settle = (name: string | null): void => {
    if (name !== null && !CODE.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  const failed = (error: unknown): void =>
    log.warn('changes of a function are not noticed', { folder, error });
  try {
    const watcher = watch(folder, (_, name) => settle(name)).on('error', failed);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    failed(error);
    return () => undefined;
  }
}

import { Problem } from './problem';

/** Of arrays and objects in each other. Receivers refuse what is deeper, or worse, do not. */
const MAX_DEPTH = 128;

/**
 * A value that came as JSON, as JSON again.
 * @throws Problem for one that is nested too deeply, or holds a number that JavaScript cannot
 */
export function serialise(value: unknown): string {
  for (let level: readonly unknown[] = [value], depth = 0; level.length > 0; depth++) {
    const containers = level.filter(isContainer);
    if (containers.length > 0 && depth === MAX_DEPTH)
      throw new Problem('bad_data', `json must not be nested deeper than ${MAX_DEPTH}`);
    if (level.some((one) => one === Infinity || one === -Infinity))
      throw new Problem('bad_data', 'json must not hold numbers out of the range of a double');
    level = containers.flatMap((container): unknown[] => Object.values(container));
  }
  return JSON.stringify(value);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

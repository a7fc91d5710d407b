import type { Target } from './broadcast';

/** Which connections a lane serves: ids greater than `after`, up to and including `upTo`. */
export interface LaneRange {
  readonly after: string;
  readonly upTo: string | null;
}

/**
 * The lanes a broadcast travels on (design: lanes): every one for all; for connections those that serve them; else
 * the one that the target's hash names.
 */
export function lanesOf(target: Target, lanes: number): readonly number[] {
  if (target.kind === 'all') return Array.from({ length: lanes }, (_, lane) => lane);
  if (target.kind === 'room') return [fnv1a(target.room) % lanes];
  if (target.kind === 'user') return [fnv1a(`user ${target.userId}`) % lanes];
  return [...new Set(target.connectionIds.map((id) => laneOf(id, lanes)))].sort((one, other) => one - other);
}

/**
 * Splits all ids into `lanes` ranges of equal size by their first four hexadecimal digits. Ids of another alphabet
 * are served too, only less evenly: the first range has no lower end and the last no upper one.
 */
export function laneRange(lane: number, lanes: number): LaneRange {
  const bound = (n: number): string =>
    Math.round((n * 0x10000) / lanes)
      .toString(16)
      .padStart(4, '0');
  return { after: lane === 0 ? '' : bound(lane), upTo: lane === lanes - 1 ? null : bound(lane + 1) };
}

/** The lane whose range holds this id. */
export function laneOf(connectionId: string, lanes: number): number {
  for (let lane = 0; lane < lanes - 1; lane++) {
    const { upTo } = laneRange(lane, lanes);
    if (upTo !== null && connectionId <= upTo) return lane;
  }
  return lanes - 1;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

import type { Api } from './api';

const PATH = /^(?:\/|=?(?:\/(?:[\w.~-]+|\{\w+\}))+)$/;

/** One segment of a configured path; `literal` is null where it is a parameter. */
interface Segment {
  readonly literal: string | null;
  readonly name: string;
}

/** The configured stage and path of an API, to be held against the paths of requests. */
export class PathPattern {
  private readonly isExact: boolean;
  private readonly segments: readonly Segment[];

  constructor({ stage, path }: Pick<Api, 'stage' | 'path'>) {
    this.isExact = path.startsWith('=');
    const names = path.split('/').slice(1);
    this.segments = [stage, ...names].filter((name) => name !== '').map(segmentOf);
  }

  /** The same for two patterns that match the same paths and are equally specific. */
  get shape(): string {
    const segments = this.segments.map(({ literal }) => literal ?? '{}');
    return `${this.isExact ? '=' : ''}/${segments.join('/')}`;
  }

  /** Negative when this one is asked before the other: see {@link Routes}. */
  compare(other: PathPattern): number {
    return (
      Number(other.isExact) - Number(this.isExact) ||
      other.segments.length - this.segments.length ||
      this.compareLiterals(other)
    );
  }

  /** The path parameters; null where it does not match. */
  match(segments: readonly string[]): Record<string, string> | null {
    const { length } = this.segments;
    if (this.isExact ? segments.length !== length : segments.length < length) return null;
    const parameters: [string, string][] = [];
    for (const [index, { literal, name }] of this.segments.entries()) {
      const value = segments[index] ?? '';
      if (literal === null && value !== '') parameters.push([name, value]);
      else if (literal !== value) return null;
    }
    // Not by assignment: a parameter may be called __proto__.
    return Object.fromEntries(parameters);
  }

  private compareLiterals(other: PathPattern): number {
    const ranks = this.segments.map(
      ({ literal }, index) => Number(literal === null) - Number(other.segments[index]?.literal === null),
    );
    return ranks.find((rank) => rank !== 0) ?? 0;
  }
}

/**
 * What is wrong with a path that somebody wants to configure (contract §5); null for nothing. It is `/`, or segments of
 * letters, digits, `.`, `_`, `~` and `-`, any of them `{name}` with a name of its own, and `=` may stand before them.
 */
export function problemOfPath(path: string): string | null {
  if (!PATH.test(path)) return 'must be /segment, /several/segments or /with/{parameters}, or =/exactly/this';
  const names = path.match(/\{\w+\}/g) ?? [];
  return new Set(names).size < names.length ? 'has two parameters of the same name' : null;
}

/**
 * The places of the first two that no request's path can tell apart, since they differ in the names of their parameters
 * at most; null where there are none.
 */
export function indistinguishablePaths(
  apis: readonly Pick<Api, 'stage' | 'path'>[],
): readonly [earlier: number, later: number] | null {
  const seen = new Map<string, number>();
  for (const [later, api] of apis.entries()) {
    const { shape } = new PathPattern(api);
    const earlier = seen.get(shape);
    if (earlier !== undefined) return [earlier, later];
    seen.set(shape, later);
  }
  return null;
}

function segmentOf(text: string): Segment {
  const isParameter = text.startsWith('{');
  return isParameter ? { literal: null, name: text.slice(1, -1) } : { literal: text, name: text };
}

import type { Api } from './api';
import { PathPattern } from './path-pattern';

export interface Route<T> {
  readonly target: T;
  /** Percent-decoded, of one segment each and never empty. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Entry<T> {
  readonly pattern: PathPattern;
  readonly target: T;
}

/**
 * Which API a URL's path belongs to (contract §5), stage first, segment by segment. Where several match, the most specific
 * one has it: an exact path before every prefix, then the one of more segments, then the one that has a literal where the
 * other has its first parameter. Of paths that {@link indistinguishablePaths} names, the one that was configured first.
 *
 * - Segments are compared after percent-decoding, case-sensitively; `%2F` does not part segments. A path that is not
 *   percent-encoded UTF-8 belongs to no API.
 * - Nothing is normalised: `.`, `..` and empty segments stand for themselves. A slash at the end is an empty segment, which
 *   a prefix has room for and an exact path has not.
 */
export class Routes<T extends { readonly api: Pick<Api, 'stage' | 'path'> }> {
  private readonly entries: readonly Entry<T>[];

  constructor(targets: readonly T[]) {
    this.entries = targets
      .map((target) => ({ pattern: new PathPattern(target.api), target }))
      .sort((a, b) => a.pattern.compare(b.pattern));
  }

  /** @param path the URL's path as it was sent, without the query */
  match(path: string): Route<T> | null {
    const segments = segmentsOf(path);
    if (!segments) return null;
    for (const { pattern, target } of this.entries) {
      const pathParameters = pattern.match(segments);
      if (pathParameters) return { target, pathParameters };
    }
    return null;
  }
}

/** Null for what is not percent-encoded UTF-8, or does not begin with a slash. */
function segmentsOf(path: string): readonly string[] | null {
  if (!path.startsWith('/')) return null;
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return null;
  }
}

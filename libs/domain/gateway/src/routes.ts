import type { Api } from './api';

export interface Route<T> {
  readonly target: T;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Entry<T> {
  readonly prefix: string;
  readonly target: T;
}

/** Which API a URL's path belongs to (contract §5): the one with the longest `/STAGE/PATH` it begins with. */
export class Routes<T extends { readonly api: Api }> {
  private readonly entries: readonly Entry<T>[];

  constructor(targets: readonly T[]) {
    this.entries = targets
      .map((target) => ({ prefix: prefixOf(target.api), target }))
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @param path the URL's path as it was sent, without the query */
  match(path: string): Route<T> | null {
    const entry = this.entries.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    return entry ? { target: entry.target, pathParameters: {} } : null;
  }
}

function prefixOf({ stage, path }: Api): string {
  return `/${stage}${path}`.replace(/\/+$/, '');
}

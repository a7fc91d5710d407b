/** A reverse push address (contract §4), whose path is a secret. */
export class PushAddress {
  /** For people: host, port and the first characters of the path. */
  readonly label: string;

  private constructor(readonly url: URL) {
    this.label = `${url.host}${/^\/api-.{0,4}/.exec(url.pathname)?.[0] ?? '/'}…`;
  }

  /** Null for what is not an `http:` or `https:` URL. */
  static parse(text: string): PushAddress | null {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url?.protocol === 'http:' || url?.protocol === 'https:' ? new PushAddress(url) : null;
  }

  /** What the other side said, without the path that it may have repeated, and not too long. */
  quote(text: string): string {
    const secret = this.url.pathname.slice(1);
    return (secret === '' ? text : text.replaceAll(secret, '…')).slice(0, 200);
  }
}

import { PolicyUnavailable } from '@sendback/domain/connection';
import type { Clock } from '@sendback/domain/runtime';
import type * as Jose from 'jose';
import { fetchJson } from './fetch-json';

/** For the whole exchange: a client is answered within 2 seconds. */
const FETCH_MS = 1_500;
/** For so long at most a key is used that was withdrawn, as long as the keys can be fetched. */
const MAX_AGE_MS = 10 * 60_000;
/** After a fetch, keys that it did not bring are believed to be unknown. */
const COOL_DOWN_MS = 10_000;
/** The same after one that failed. */
const RETRY_AFTER_MS = 3_000;

/**
 * The keys behind a JWKS URL. They are fetched at first, when they are old, and when a token names one that is not
 * among them; never twice at once, nor more often than every few seconds, whatever tokens say. While they cannot be
 * fetched, those that are known are used.
 */
export class RemoteKeys {
  private keys: Jose.LocalJWKSet | null = null;
  private staleAt = 0;
  private restUntil = 0;
  private failure: unknown = null;
  private fetching: Promise<void> | null = null;

  constructor(
    private readonly jose: typeof Jose,
    private readonly url: URL,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws JWKSNoMatchingKey
   * @throws JWKSMultipleMatchingKeys
   * @throws PolicyUnavailable when the key is not known, and the keys could not be fetched
   */
  async find(header: Jose.JWSHeaderParameters, token: Jose.FlattenedJWSInput): Promise<Jose.CryptoKey> {
    if (this.clock.now() >= this.staleAt) await this.refresh();
    try {
      if (this.keys) return await this.keys(header, token);
    } catch (error) {
      if (!(error instanceof this.jose.errors.JWKSNoMatchingKey)) throw error;
      await this.refresh();
    }
    if (this.keys && this.failure === null) return this.keys(header, token);
    throw new PolicyUnavailable(`no keys from ${this.url.host}`, { cause: this.failure });
  }

  /** Joins a fetch that is under way. Does nothing while it rests from the last one. Never rejects. */
  private async refresh(): Promise<void> {
    if (this.clock.now() < this.restUntil) return;
    this.fetching ??= this.fetch().finally(() => (this.fetching = null));
    await this.fetching;
  }

  private async fetch(): Promise<void> {
    try {
      this.keys = this.jose.createLocalJWKSet((await this.download()) as Jose.JSONWebKeySet);
      this.failure = null;
      this.staleAt = this.clock.now() + MAX_AGE_MS;
      this.restUntil = this.clock.now() + COOL_DOWN_MS;
    } catch (error) {
      this.failure = error;
      this.restUntil = this.clock.now() + RETRY_AFTER_MS;
    }
  }

  private async download(): Promise<unknown> {
    const abort = new AbortController();
    const late = new Error(`no answer within ${FETCH_MS} ms`);
    const timer = this.clock.after(FETCH_MS, () => abort.abort(late));
    try {
      return await fetchJson(this.url, abort.signal);
    } finally {
      timer.cancel();
      abort.abort();
    }
  }
}

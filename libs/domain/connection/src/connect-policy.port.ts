import { DomainError } from '@sendback/domain/runtime';

/** A client that wants to connect, as the registration event describes it (contract §1). */
export interface ConnectRequest {
  readonly connectionId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly queryString: Readonly<Record<string, unknown>>;
}

export interface Admission {
  /** Whose connection it is (`parseUserId`), which makes broadcasts to a user possible; null for nobody's. */
  readonly userId: string | null;
}

/** The client may not do that. The message is shown to the client: it says what was missing, and repeats no secret. */
export class NotPermitted extends DomainError {
  readonly code = 'not_permitted';
  readonly retryable = false;
}

/** Whether the client may connect cannot be found out now. */
export class PolicyUnavailable extends DomainError {
  readonly code = 'policy_unavailable';
  readonly retryable = true;
}

/**
 * Decides who may connect, and who they are.
 *
 * - The same request may be asked about again: a gateway repeats a registration that certainly did not start.
 * - Any number of requests may be asked about at once. Each is answered within 2 seconds.
 */
export abstract class ConnectPolicy {
  /**
   * @throws NotPermitted
   * @throws PolicyUnavailable
   */
  abstract admit(request: ConnectRequest): Promise<Admission>;
}

/** Everybody may connect, and is nobody in particular. */
export class AllowEveryone extends ConnectPolicy {
  async admit(): Promise<Admission> {
    return { userId: null };
  }
}

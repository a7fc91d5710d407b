import {
  type ConnectPolicy,
  type ConnectRequest,
  NotPermitted,
  PolicyUnavailable,
} from './connect-policy.port';

export interface ConnectPolicyHarness {
  readonly policy: ConnectPolicy;
  /** Clients that it lets in, and whose they are. */
  readonly admitted: readonly { readonly request: ConnectRequest; readonly userId: string | null }[];
  /** Clients that it does not let in, and the secret that each shows. */
  readonly refused: readonly { readonly request: ConnectRequest; readonly secret: string }[];
  /** A policy that cannot find out what it needs to know, for the same clients; null where there is nothing to find out. */
  readonly away: ConnectPolicy | null;
  close(): Promise<void>;
}

/** What every ConnectPolicy promises. */
export function connectPolicyContract(name: string, start: () => Promise<ConnectPolicyHarness>): void {
  describe(`ConnectPolicy on ${name}`, () => {
    let harness: ConnectPolicyHarness;
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(() => harness.close());

    const failure = (admission: Promise<unknown>): Promise<unknown> =>
      admission.then(
        () => null,
        (error: unknown) => error,
      );

    it('lets clients in, and says whose they are, however often it is asked', async () => {
      for (const { request, userId } of [...harness.admitted, ...harness.admitted]) {
        expect(await harness.policy.admit(request)).toEqual({ userId });
      }
    });

    it('refuses as not permitted, without repeating a secret, however often it is asked', async () => {
      for (const { request, secret } of [...harness.refused, ...harness.refused]) {
        const error = await failure(harness.policy.admit(request));
        expect(error).toBeInstanceOf(NotPermitted);
        expect(error).toMatchObject({ code: 'not_permitted', retryable: false });
        expect((error as Error).message).not.toBe('');
        expect((error as Error).message).not.toContain(secret);
      }
    });

    it('answers any number of requests at once, each for itself', async () => {
      const { policy, admitted, refused } = harness;
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          for (const { request, userId } of admitted) expect(await policy.admit(request)).toEqual({ userId });
          for (const { request } of refused) {
            expect(await failure(policy.admit(request))).toBeInstanceOf(NotPermitted);
          }
        }),
      );
    });

    it('lets nobody in while it cannot find out', async () => {
      const { away, admitted, refused } = harness;
      if (!away) return;
      for (const { request } of admitted) {
        const error = await failure(away.admit(request));
        expect(error).toBeInstanceOf(PolicyUnavailable);
        expect(error).toMatchObject({ code: 'policy_unavailable', retryable: true });
      }
      for (const { request } of refused) expect(await failure(away.admit(request))).not.toBeNull();
    });
  });
}

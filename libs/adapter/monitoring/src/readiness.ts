import { DomainError } from '@sendback/domain/runtime';
import { Late, Probe } from './probe';

const ANSWER_MS = 2_000;

/** Why a process is not ready, in words that anybody may read. */
export class NotReady extends Error {}

/** What has to work; a rejection says that it does not. */
export type Checks = Readonly<Record<string, () => Promise<unknown>>>;

export interface ReadinessReport {
  readonly status: 'ok' | 'unavailable';
  /** `ok`, or what is wrong. Of failures of the domain it is the code; messages of others may hold secrets. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Whether a process can do its work. However often that is asked, each check runs once at a time. */
export class Readiness {
  private readonly probes: readonly (readonly [string, Probe<unknown>])[];

  constructor(checks: Checks) {
    this.probes = Object.entries(checks).map(([name, check]) => [name, new Probe(check, ANSWER_MS)]);
  }

  /** Resolves within 2 seconds. */
  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      this.probes.map(async ([name, probe]) => [name, await resultOf(probe)] as const),
    );
    const status = results.every(([, result]) => result === 'ok') ? 'ok' : 'unavailable';
    return { status, checks: Object.fromEntries(results) };
  }
}

async function resultOf(probe: Probe<unknown>): Promise<string> {
  try {
    await probe.answer();
    return 'ok';
  } catch (error) {
    if (error instanceof DomainError) return error.code.replaceAll('_', ' ');
    return error instanceof NotReady || error instanceof Late ? error.message : 'failed';
  }
}

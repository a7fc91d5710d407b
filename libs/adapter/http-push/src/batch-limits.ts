import type { Clock, Log } from '@sendback/domain/runtime';
import { parseBody, type Problem } from './answers';
import type { Answer } from './exchange';
import type { PushAddress } from './push-address';

/** How much one batch may carry (contract §4). */
export interface BatchLimits {
  readonly maxConnections: number;
  readonly maxMessages: number;
  /** Of the body, in bytes. */
  readonly maxBytes: number;
  /** Whether a message can name a connection that is not given it. */
  readonly except: boolean;
}

/** Null for an address that is pushed to one connection at a time. */
type Found = BatchLimits | null | Problem;

const KEPT_MS = 60_000;
const MAX_ADDRESSES = 1_000;
const KIB = 1024;

/** Finds out, once in a while for each address, whether it takes batches. */
export class BatchLimitsCache {
  private readonly known = new Map<string, { answer: Promise<Found>; expiresAt: number }>();

  /** @param ask sends the question; it must end by a deadline */
  constructor(
    private readonly ask: (address: PushAddress) => Promise<Answer | Problem>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Calls at once share one question. The answer is kept for 60 seconds, but not what went wrong on the way or behind
   * the address (429, 5xx), or that it refused to answer (401).
   */
  of(address: PushAddress): Promise<Found> {
    const key = address.url.href;
    const kept = this.known.get(key);
    const now = this.clock.now();
    if (kept && now < kept.expiresAt) return kept.answer;
    const answer = this.find(address, kept?.answer);
    this.known.delete(key);
    this.known.set(key, { answer, expiresAt: now + KEPT_MS });
    const [oldest = key] = this.known.keys();
    if (this.known.size > MAX_ADDRESSES) this.known.delete(oldest);
    return answer;
  }

  /** For an address that turned out to have changed. */
  forget(address: PushAddress): void {
    this.known.delete(address.url.href);
  }

  private async find(address: PushAddress, before?: Promise<Found>): Promise<Found> {
    const answer = await this.ask(address);
    if ('reason' in answer || [401, 429].includes(answer.status) || answer.status >= 500)
      this.forget(address);
    if ('reason' in answer) return answer;
    const limits = parseLimits(answer);
    if (JSON.stringify(limits) !== JSON.stringify(await before)) {
      this.log.info('push address found', { address: address.label, batch: limits !== null, ...limits });
    }
    return limits;
  }
}

/** Limits that are absent or absurd are brought to where a gateway of this project and this process can both work. */
function parseLimits({ status, body }: Answer): BatchLimits | null {
  const said = parseBody(body);
  if (status !== 200 || said?.['batch'] !== true) return null;
  return {
    maxConnections: clamp(said['maxConnections'], 1, 10_000),
    maxMessages: clamp(said['maxMessages'], 1, 256),
    maxBytes: clamp(said['maxBytes'], 16 * KIB, 16 * KIB * KIB, KIB * KIB),
    except: said['except'] === true,
  };
}

function clamp(value: unknown, least: number, most: number, otherwise = most): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.min(Math.max(Math.floor(value), least), most);
}

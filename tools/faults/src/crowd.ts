import { setTimeout as sleep } from 'node:timers/promises';
import { Attendee, Hearsay } from './attendee';

const OPENING_AT_ONCE = 25;
/** What one speaker may have unanswered at a time. */
const MAX_WAITING = 8;
const AGAIN_MS = 250;

/** Clients that all hear everything, of which some speak. */
export class Crowd {
  /** All that ever were let in. */
  readonly attendees: Attendee[] = [];
  readonly hearsay = new Hearsay();
  private talking: Promise<void>[] = [];
  private silenced = false;

  constructor(private readonly url: string) {}

  get open(): Attendee[] {
    return this.attendees.filter(({ isOpen }) => isOpen);
  }

  /** Lets so many more in. */
  async gather(count: number): Promise<void> {
    let left = count;
    const usher = async (): Promise<void> => {
      while (left-- > 0) await this.admit();
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, usher));
  }

  /** So many of those that are open speak, each once in `everyMs`. One whose connection is closed comes back on another. */
  talk(speakers: number, everyMs: number): void {
    const chosen = this.open.slice(0, speakers);
    this.talking = chosen.map(async (speaker, index) => {
      await sleep((everyMs * index) / speakers);
      for (let current = speaker; !this.silenced;) {
        if (!current.isOpen) current = (await this.comeBack()) ?? current;
        if (current.isOpen && current.waiting < MAX_WAITING) current.say();
        await sleep(everyMs);
      }
    });
  }

  /** Connections that come, stay for a moment and go, so many at a time, until nobody speaks any more. */
  visit(visitors: number, stayMs: number): void {
    const visits = Array.from({ length: visitors }, async (_, index) => {
      await sleep((stayMs * index) / visitors);
      while (!this.silenced) {
        const visitor = await this.admit().catch(() => null);
        await sleep(visitor ? stayMs : AGAIN_MS);
        await visitor?.close();
      }
    });
    this.talking.push(...visits);
  }

  /** Resolves when nobody will say anything any more. */
  async silence(): Promise<void> {
    this.silenced = true;
    await Promise.all(this.talking);
  }

  async leave(): Promise<void> {
    await Promise.all(this.open.map((attendee) => attendee.close()));
  }

  private async admit(): Promise<Attendee> {
    const attendee = await Attendee.connect(this.url, this.hearsay);
    this.attendees.push(attendee);
    return attendee;
  }

  private async comeBack(): Promise<Attendee | null> {
    const attendee = await this.admit().catch(() => null);
    if (!attendee) await sleep(AGAIN_MS);
    return attendee;
  }
}

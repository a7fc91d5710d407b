import { IdSource } from './id-source.port';

/** Ids that a spec can foretell: 1, 2, 3, padded to the right length. */
export class SequentialIds extends IdSource {
  private last = 0;

  hex(bytes: number): string {
    return (++this.last).toString(16).padStart(bytes * 2, '0');
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${this.hex(6)}`;
  }
}

import { IdSource } from '@sendback/domain/runtime';
import { connectionIdsContract } from './connection-ids.contract';
import { MemoryConnectionIds } from './connection-ids.memory';

/** The same digits in every run, as even as random ones (mulberry32). */
class EvenIds extends IdSource {
  private state = 1;

  hex(bytes: number): string {
    return Array.from({ length: bytes * 2 }, () => this.digit().toString(16)).join('');
  }

  uuid(): string {
    return this.hex(16);
  }

  private digit(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 28;
  }
}

connectionIdsContract('memory', (key) => new MemoryConnectionIds(new EvenIds(), key));

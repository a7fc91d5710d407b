/**
 * Frames that leave in one write, as a chain from the last to the first. Sockets that are sent the same frames one
 * after the other share the chain, and with it the bytes, which are put together once.
 */
export class JoinedFrames {
  readonly byteLength: number;
  private joined: Buffer | null = null;
  /** Where the last one went who came by here: with a broadcast, everyone. */
  private next: JoinedFrames | null = null;

  private constructor(
    private readonly before: JoinedFrames | null,
    private readonly frame: Buffer,
  ) {
    this.byteLength = (before?.byteLength ?? 0) + frame.length;
  }

  /** A chain for others to start from. */
  static none(): JoinedFrames {
    return new JoinedFrames(null, Buffer.alloc(0));
  }

  then(frame: Buffer): JoinedFrames {
    if (this.next?.frame === frame) return this.next;
    return (this.next = new JoinedFrames(this, frame));
  }

  get bytes(): Buffer {
    return (this.joined ??= this.join());
  }

  private join(): Buffer {
    if (this.frame.length === this.byteLength) return this.frame;
    const joined = Buffer.allocUnsafe(this.byteLength);
    this.frame.copy(joined, this.byteLength - this.frame.length);
    for (let link = this.before; link; link = link.before) {
      link.frame.copy(joined, link.byteLength - link.frame.length);
    }
    return joined;
  }
}

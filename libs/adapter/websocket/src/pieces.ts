const PIECES_AT_ONCE = 1_024;

/** Of a body, joined now and then: each costs some 400 bytes beside its own, and it may have come byte by byte. */
export class Pieces {
  private joinedPieces: Buffer[] = [];
  private latest: Buffer[] = [];

  add(piece: Buffer): void {
    if (this.latest.push(piece) === PIECES_AT_ONCE) this.join();
  }

  joined(): Buffer {
    return Buffer.concat([...this.joinedPieces, ...this.latest]);
  }

  private join(): void {
    this.joinedPieces.push(Buffer.concat(this.latest));
    this.latest = [];
  }
}

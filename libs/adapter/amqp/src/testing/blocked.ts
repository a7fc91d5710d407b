/** What the broker says on a connection's channel 0: a method of the class `connection`. */
function connectionMethod(method: number, ...text: string[]): Buffer {
  const strings = text.map((one) => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)]));
  const payload = Buffer.concat([Buffer.from([0, 10, 0, method]), ...strings]);
  return Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, payload.length]), payload, Buffer.from([0xce])]);
}
/** To publishers: the broker is short of something. */
export const BLOCKED = connectionMethod(60, 'low on disk');
export const UNBLOCKED = connectionMethod(61);

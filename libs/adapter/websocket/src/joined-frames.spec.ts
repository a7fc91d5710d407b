import { JoinedFrames } from './joined-frames';

const frames = ['one', 'two', 'three'].map((text) => Buffer.from(text));
const chain = (from: JoinedFrames, ...some: readonly Buffer[]): JoinedFrames =>
  some.reduce((joined, frame) => joined.then(frame), from);

describe('joined frames', () => {
  it('are their bytes in order', () => {
    const joined = chain(JoinedFrames.none(), ...frames);
    expect(joined.bytes.toString()).toBe('onetwothree');
    expect(joined.byteLength).toBe(11);
  });

  it('are put together once for all who are sent the same', () => {
    const start = JoinedFrames.none();
    const first = chain(start, ...frames);
    expect(chain(start, ...frames)).toBe(first);
    expect(first.bytes).toBe(chain(start, ...frames).bytes);
  });

  it('of one are that frame, not copied', () => {
    expect(chain(JoinedFrames.none(), ...frames.slice(0, 1)).bytes).toBe(frames[0]);
  });

  it('part where sockets are sent different ones', () => {
    const [one, two, three] = frames as [Buffer, Buffer, Buffer];
    const start = JoinedFrames.none();
    const left = chain(start, one, two);
    const right = chain(start, one, three);
    expect(chain(left, three).bytes.toString()).toBe('onetwothree');
    expect(right.bytes.toString()).toBe('onethree');
    expect(left.bytes.toString()).toBe('onetwo');
  });
});

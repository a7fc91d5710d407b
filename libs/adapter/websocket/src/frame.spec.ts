import type { Writable } from 'node:stream';
import { encodeFrame as encode, type PreparedFrame } from './frame';

/** Its types leave it out. */
const { Receiver } = jest.requireActual<{ Receiver: new (options: { isServer: boolean }) => Writable }>('ws');

function encodeFrame(dataType: 'text' | 'binary', data: string): PreparedFrame {
  const frame = encode(dataType, data);
  if (!frame) throw new Error('no base64');
  return frame;
}

/** What a client's parser makes of it. */
function decode({ plain }: PreparedFrame): Promise<{ data: Buffer; isBinary: boolean }> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver({ isServer: false });
    receiver.on('message', (data: Buffer, isBinary: boolean) => resolve({ data, isBinary }));
    receiver.on('error', reject);
    receiver.write(plain);
  });
}

describe('a frame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])(
    'of %i bytes is what a client reads',
    async (bytes) => {
      const { data, isBinary } = await decode(encodeFrame('text', 'x'.repeat(bytes)));
      expect(data.toString()).toBe('x'.repeat(bytes));
      expect(isBinary).toBe(false);
    },
  );

  it('counts bytes, not characters', async () => {
    const { data } = await decode(encodeFrame('text', 'ü👩‍👧'.repeat(40)));
    expect(data.toString()).toBe('ü👩‍👧'.repeat(40));
  });

  it.each([0, 1, 2, 3, 100])('carries %i binary bytes', async (bytes) => {
    const payload = Buffer.alloc(bytes, 0xfe);
    const { data, isBinary } = await decode(encodeFrame('binary', payload.toString('base64')));
    expect(data).toEqual(payload);
    expect(isBinary).toBe(true);
  });

  it.each([
    'a',
    'ab',
    'abc',
    'ab=',
    'a===',
    '====',
    '/wA',
    'ab-_',
    'YQ==YQ==',
    ' YQ==',
    'YQ==\n',
    'YR==',
    'ü',
  ])('is not made of %j, which is no base64', (data) => {
    expect(encode('binary', data)).toBeNull();
  });

  it.each([
    ['text', ''],
    ['text', 'ü👩‍👧'.repeat(40)],
    ['binary', '/wA='],
    ['text', 'x'.repeat(70_000)],
  ] as const)('gives back what it was made of: %s', (dataType, data) => {
    expect(encodeFrame(dataType, data).payload).toEqual({ dataType, data });
  });
});

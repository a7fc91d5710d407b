import { parseRoom } from './room';

describe('parseRoom', () => {
  it.each(['lobby', ' ', '0', '👩‍👩‍👧‍👦', '\u0000', '𠮷'.repeat(128)])('takes %j as it is', (room) => {
    expect(parseRoom(room, 'room')).toBe(room);
  });

  it.each([
    undefined,
    null,
    7,
    {},
    '',
    'x'.repeat(129),
    '𠮷'.repeat(129),
    'x'.repeat(1_000_000),
    '\ud800',
    'a\udc00b',
  ])('refuses %p and names the field', (value) => {
    expect(() => parseRoom(value, 'room')).toThrow(/^room must/);
    expect(() => parseRoom(value, 'room')).toThrow(expect.objectContaining({ code: 'bad_data' }));
  });
});

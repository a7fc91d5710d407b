import { BadUserId, parseUserId } from './user-id';

describe('parseUserId', () => {
  it.each(['ann', '42', 'auth0|5f7c8ec7', 'مرحبا', '𠮷'.repeat(128), 'two words'])('takes %j', (value) => {
    expect(parseUserId(value, 'userId')).toBe(value);
  });

  it.each([undefined, 42, '', ' ann', 'ann\n', 'x'.repeat(129), '\ud800'])(
    'refuses %j, naming the field',
    (value) => {
      expect(() => parseUserId(value, 'target.userId')).toThrow(BadUserId);
      expect(() => parseUserId(value, 'target.userId')).toThrow(/target\.userId/);
    },
  );
});

import { parseConnectionId } from './connection-id';

describe('parseConnectionId', () => {
  it.each(['xawexasdfewezdfsdfeasdfffa==', '0'.repeat(32), 'x', '~'.repeat(50)])('takes %s', (id) => {
    expect(parseConnectionId(id, 'to')).toBe(id);
  });

  it.each([undefined, null, 7, {}, ['a'], '', ' ', 'a b', 'a\n', 'ä', 'x'.repeat(51)])(
    'refuses %p and names the field',
    (value) => {
      expect(() => parseConnectionId(value, 'to')).toThrow(/^to must be/);
      expect(() => parseConnectionId(value, 'to')).toThrow(
        expect.objectContaining({ code: 'bad_connection_id' }),
      );
    },
  );
});

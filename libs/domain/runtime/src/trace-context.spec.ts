import { parseTraceparent } from './trace-context';

const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('parseTraceparent', () => {
  it('takes a trace context as it is', () => {
    expect(parseTraceparent(valid)).toBe(valid);
  });

  it.each([
    ['nothing', undefined],
    ['a number', 1],
    ['upper case', valid.toUpperCase()],
    ['the forbidden version', valid.replace(/^00/, 'ff')],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent id of zeros', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
    ['something behind it', `${valid}\n`],
  ])('takes %s for none', (_, value) => {
    expect(parseTraceparent(value)).toBeNull();
  });
});

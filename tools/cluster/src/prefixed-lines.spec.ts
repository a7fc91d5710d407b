import { PrefixedLines } from './prefixed-lines';

describe('what several processes say', () => {
  const written = (coloured: boolean, ...said: [string, string][]): string => {
    let text = '';
    const lines = new PrefixedLines({ write: (more: string) => (text += more) }, coloured);
    for (const [name, more] of said) lines.hear(name, more);
    return text;
  };

  it('comes by whole lines, however it is cut, with its speaker before it', () => {
    const text = written(false, ['api', 'one\ntw'], ['gateway', 'hello\n'], ['api', 'o\nthr']);
    expect(text).toBe('api             | one\ngateway         | hello\napi             | two\n');
  });

  it('is coloured by speaker in a terminal', () => {
    const text = written(true, ['api', 'a\nb\n'], ['gateway', 'c\n']);
    const [first, second, third] = text.split('\n').map((line) => line.slice(0, 5));
    expect(first).toMatch(/^\x1b\[\d\dm/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

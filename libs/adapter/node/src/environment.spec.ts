import * as z from 'zod';
import { ConfigError, readEnvironment, variable } from './environment';

const schema = z.object({
  DATABASE_URL: z.string().startsWith('sqlite:', 'must be sqlite:PATH'),
  PORT: z.coerce.number().int().default(8080),
});

describe('readEnvironment', () => {
  it('gives typed values with their defaults', () => {
    expect(readEnvironment(schema, { DATABASE_URL: 'sqlite:x', OTHER: '1' })).toEqual({
      DATABASE_URL: 'sqlite:x',
      PORT: 8080,
    });
  });

  it('names every variable that is missing or malformed, and repeats no value', () => {
    const read = (): unknown => readEnvironment(schema, { PORT: 'secret' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^DATABASE_URL is missing\nPORT is malformed: /);
    expect(read).not.toThrow(/secret/);
    expect(() => readEnvironment(schema, { DATABASE_URL: 'hidden' })).toThrow(
      'DATABASE_URL is malformed: must be sqlite:PATH',
    );
  });

  it('reads a variable with a parser, and says what the parser says', () => {
    const parse = (value: string): { length: number } => {
      if (value.includes(' ')) throw new Error('must not hold spaces');
      return { length: value.length };
    };
    const parsed = z.object({ NAME: variable(parse) });
    expect(readEnvironment(parsed, { NAME: 'ann' })).toEqual({ NAME: { length: 3 } });
    expect(() => readEnvironment(parsed, { NAME: 'a b' })).toThrow('NAME is malformed: must not hold spaces');
    expect(() => readEnvironment(parsed, {})).toThrow('NAME is missing');
  });

  it('takes an empty variable as one that is not set', () => {
    expect(() => readEnvironment(schema, { DATABASE_URL: '' })).toThrow('DATABASE_URL is missing');
    expect(readEnvironment(schema, { DATABASE_URL: 'sqlite:x', PORT: '' }).PORT).toBe(8080);
  });
});

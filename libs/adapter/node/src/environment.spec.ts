import * as z from 'zod/mini';
import { ConfigError, logLevel, readEnvironment, variable, wholeNumber } from './environment';

const schema = z.object({
  DATABASE_URL: z.string().check(z.startsWith('sqlite:', 'must be sqlite:PATH')),
  PORT: z._default(wholeNumber(0, 65_535), 8080),
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

  it.each(['eighty', '-1', '65536', '80.5', 'Infinity', '0x', '8 0'])(
    'says which whole numbers are taken when it is given %s',
    (PORT) => {
      const read = (): unknown => readEnvironment(schema, { DATABASE_URL: 'sqlite:x', PORT });
      expect(read).toThrow(/^PORT is malformed: must be a whole number from 0 to 65535$/);
    },
  );

  it('reads a whole number', () => {
    for (const PORT of ['0', '65535'])
      expect(readEnvironment(schema, { DATABASE_URL: 'sqlite:x', PORT }).PORT).toBe(Number(PORT));
  });

  it('says which levels a log has', () => {
    const levels = z.object({ LOG_LEVEL: logLevel('warn') });
    expect(readEnvironment(levels, {})).toEqual({ LOG_LEVEL: 'warn' });
    expect(readEnvironment(levels, { LOG_LEVEL: 'silent' })).toEqual({ LOG_LEVEL: 'silent' });
    const message = 'LOG_LEVEL is malformed: must be one of debug, info, warn, error, silent';
    expect(() => readEnvironment(levels, { LOG_LEVEL: 'loud' })).toThrow(message);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(() => readEnvironment(schema, { DATABASE_URL: '' })).toThrow('DATABASE_URL is missing');
    expect(readEnvironment(schema, { DATABASE_URL: 'sqlite:x', PORT: '' }).PORT).toBe(8080);
  });
});

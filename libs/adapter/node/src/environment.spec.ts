import * as z from 'zod';
import { ConfigError, readEnvironment } from './environment';

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

  it('takes an empty variable as one that is not set', () => {
    expect(() => readEnvironment(schema, { DATABASE_URL: '' })).toThrow('DATABASE_URL is missing');
    expect(readEnvironment(schema, { DATABASE_URL: 'sqlite:x', PORT: '' }).PORT).toBe(8080);
  });
});

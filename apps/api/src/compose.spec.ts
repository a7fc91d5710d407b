import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeApi, HttpApi } from './compose';
import { readConfig } from './config';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
  API_TOKENS: 'first-0123456789, second-0123456789',
};

describe('the API', () => {
  it('is wired', () => {
    expect(composeApi(readConfig(environment), new MemoryLog()).get(HttpApi)).toBeInstanceOf(HttpApi);
  });

  it('names every variable that is missing, and has a default for the others', () => {
    expect(() => readConfig({})).toThrow(
      'DATABASE_URL is missing\nSENDBACK_URL is missing\nQUEUE_URL is missing\nAPI_TOKENS is missing',
    );
    expect(readConfig(environment)).toMatchObject({ HOST: '127.0.0.1', PORT: 8070, LOG_LEVEL: 'info' });
  });

  it('takes several tokens', () => {
    expect(readConfig(environment).API_TOKENS).toEqual(['first-0123456789', 'second-0123456789']);
  });

  it.each([
    'tooshort',
    'first-0123456789,',
    'first-0123456789,tooshort',
    'with white space',
    'naïve-0123456789',
  ])('refuses the tokens %j without repeating them', (API_TOKENS) => {
    const read = (): unknown => readConfig({ ...environment, API_TOKENS });
    expect(read).toThrow('API_TOKENS is malformed: must be tokens of 16');
    expect(read).not.toThrow(API_TOKENS);
  });
});

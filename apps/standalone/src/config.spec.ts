import { readConfig } from './config';

describe('the configuration of standalone', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toEqual({
      PORT: 8080,
      PUSH_PORT: 8081,
      API_PORT: 8082,
      DATA_DIR: '.data',
      LOG_LEVEL: 'warn',
    });
  });

  it.each(['eighty', '-1', '65536', '80.5'])('names the variable when PORT is %s', (PORT) => {
    expect(() => readConfig({ PORT })).toThrow('PORT is malformed');
  });
});

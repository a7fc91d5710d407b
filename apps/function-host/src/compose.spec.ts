import { FunctionServer } from '@sendback/adapter/function';
import { MeteredBroadcastQueue, MeteredPusher, Metrics } from '@sendback/adapter/monitoring';
import { CleanupHandler, RegistrationHandler, TransferHandler } from '@sendback/adapter/scf';
import { Database } from '@sendback/adapter/typeorm';
import { BroadcastQueue, Pusher } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeFunctions, composeServer } from './compose';
import { environment as variables, readConfig } from './config';
import { HELP } from './help';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
};

describe('the function host', () => {
  it('is wired', async () => {
    const config = readConfig(environment);
    const log = new MemoryLog();
    const metrics = new Metrics('function-host');
    const { register, transfer, cleanup } = composeFunctions(config, log, metrics);
    const handlers = {
      register: register.get(RegistrationHandler),
      transfer: transfer.get(TransferHandler),
      cleanup: cleanup.get(CleanupHandler),
    };
    const server = composeServer(config, handlers, register.get(Database), log, metrics);
    expect(server).toBeInstanceOf(FunctionServer);
    expect(transfer.get(BroadcastQueue)).toBeInstanceOf(MeteredBroadcastQueue);
    expect(transfer.get(Pusher)).toBeInstanceOf(MeteredPusher);
    await server.close();
  });

  it('listens on loopback unless told otherwise', () => {
    const defaults = { HOST: '127.0.0.1', PORT: 8090, MAX_CONCURRENT: 64, LOG_LEVEL: 'info' };
    expect(readConfig(environment)).toMatchObject(defaults);
    const given = { HOST: '0.0.0.0', PORT: '0', MAX_CONCURRENT: '200', LOG_LEVEL: 'warn' };
    expect(readConfig({ ...environment, ...given })).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 0,
      MAX_CONCURRENT: 200,
      LOG_LEVEL: 'warn',
    });
  });

  it('names every variable that is missing or malformed, its own and those of the functions, once', () => {
    const read = (env: NodeJS.ProcessEnv) => () => readConfig(env);
    expect(read({})).toThrow(/^DATABASE_URL is missing\nSENDBACK_URL is missing\nQUEUE_URL is missing$/);
    const malformed = { ...environment, PORT: '70000', MAX_CONCURRENT: '0', QUEUE_URL: 'kafka://secret' };
    expect(read(malformed)).toThrow(/^QUEUE_URL is malformed.*\nPORT is malformed.*\nMAX_CONCURRENT is mal/);
    expect(read(malformed)).not.toThrow('secret');
  });

  it.each([
    'short',
    `${'hush'.repeat(8)},short`,
    `${'hush'.repeat(8)},`,
    `${'hush'.repeat(8)} hush`,
    'whsec_hush',
  ])('does not take %j for secrets, and does not repeat it', (FUNCTION_SECRET) => {
    const read = () => readConfig({ ...environment, FUNCTION_SECRET });
    expect(read).toThrow(/^FUNCTION_SECRET is malformed: must be whsec_ .* or 32 characters or more/);
    expect(read).not.toThrow(/hush|short/);
  });

  it('explains every variable', () => {
    for (const name of Object.keys(variables.shape)) expect(HELP).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

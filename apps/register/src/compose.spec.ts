import { RegistrationHandler } from '@sendback/adapter/scf';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeRegister } from './compose';
import { readConfig } from './config';

const environment = { DATABASE_URL: 'sqlite:unused.db', SENDBACK_URL: 'http://127.0.0.1:8081/api-1' };

it('the registration function is wired', () => {
  expect(composeRegister(readConfig(environment), new MemoryLog()).get(RegistrationHandler)).toBeInstanceOf(
    RegistrationHandler,
  );
});

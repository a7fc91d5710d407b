import { ConsoleLog } from '@sendback/adapter/node';
import { RegistrationHandler } from '@sendback/adapter/scf';
import { composeRegister } from './compose';
import { readConfig } from './config';

const handler = composeRegister(readConfig(process.env), new ConsoleLog(process.stdout)).get(
  RegistrationHandler,
);

/** The registration function on SCF (contract §1). */
export const main_handler = (event: unknown): Promise<unknown> => handler.handle(event);

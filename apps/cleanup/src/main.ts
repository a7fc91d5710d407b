import { ConsoleLog } from '@sendback/adapter/node';
import { CleanupHandler } from '@sendback/adapter/scf';
import { composeCleanup } from './compose';
import { readConfig } from './config';

const handler = composeCleanup(readConfig(process.env), new ConsoleLog(process.stdout)).get(CleanupHandler);

/** The cleanup function on SCF (contract §3). */
export const main_handler = (event: unknown): Promise<unknown> => handler.handle(event);

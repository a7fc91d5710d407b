import { ConsoleLog } from '@sendback/adapter/node';
import { TransferHandler } from '@sendback/adapter/scf';
import { composeTransfer } from './compose';
import { readConfig } from './config';

const handler = composeTransfer(readConfig(process.env), new ConsoleLog(process.stdout)).get(TransferHandler);

/** The transfer function on SCF (contract §2). */
export const main_handler = (event: unknown): Promise<unknown> => handler.handle(event);

import { freePorts } from '@sendback/tools/services';

/** For an address that has to be known before its process runs, or that a process is to have again. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

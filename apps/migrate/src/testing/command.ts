import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const BUNDLE = resolve(__dirname, '../../../..', 'dist/apps/migrate/index.js');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a process of its own. */
export async function migrateCommand(url: string, ...args: string[]): Promise<Outcome> {
  const options = { env: { PATH: process.env['PATH'], DATABASE_URL: url } };
  return new Promise((done) => {
    execFile(process.execPath, [BUNDLE, ...args], options, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

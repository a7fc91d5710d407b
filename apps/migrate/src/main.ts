import { parseArgs } from 'node:util';
import { readConfig } from './config';
import { migrate, type Schema } from './migrate';

const HELP = `usage: node index.js [--schema application | gateway | --help]

Makes the tables of a database, or changes those that are there to what this version needs. What is stored is kept; a
ConnectionID_List that was made by hand becomes the list of connections.

  --schema  application: connections, rooms, queue, receipts, dead letters (the default)
            gateway: open sessions, ids of push addresses
            both may be in one database
  --help    prints this

environment:
  DATABASE_URL  mysql://user:password@host/database or sqlite:PATH
`;

const options = readOptions();
if (options === 'help') process.stdout.write(HELP);
else
  run(options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });

function readOptions(): Schema | 'help' {
  try {
    const { values } = parseArgs({
      options: { schema: { type: 'string', default: 'application' }, help: { type: 'boolean' } },
    });
    if (values.help) return 'help';
    if (values.schema === 'application' || values.schema === 'gateway') return values.schema;
    throw new Error('--schema must be application or gateway');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return process.exit(2);
  }
}

async function run(schema: Schema): Promise<void> {
  const { DATABASE_URL: url } = readConfig(process.env);
  const made = await migrate(url, schema);
  const where = url.engine === 'sqlite' ? url.path : `${url.host}:${url.port}/${url.database}`;
  const what = made.length === 0 ? 'nothing to do' : `migrated: ${made.join(', ')}`;
  process.stdout.write(`${where}, ${schema} tables: ${what}\n`);
}

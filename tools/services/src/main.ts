import { startServices } from './services';
import { untilSignal } from './until-signal';

const HELP = `usage: npm run services

Starts a MariaDB and a RabbitMQ of its own on free ports of 127.0.0.1, prints where they are, and ends them with all
they hold at Ctrl-C.
`;

async function main(): Promise<void> {
  const stopped = untilSignal();
  const services = await startServices();
  const { mysql, amqp } = services;
  process.stdout.write(`# ${mysql.name}\nexport TEST_MYSQL_URL='${mysql.url}'\n`);
  process.stdout.write(`# ${amqp.name}\nexport TEST_AMQP_URL='${amqp.url}'\n`);
  await stopped;
  await services.close();
}

if (process.argv.includes('--help')) process.stdout.write(HELP);
else
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );

import { ContainerServer, dockerAnswers, type Image, MARIADB, RABBITMQ } from './docker';
import { givenAmqp, givenMySql } from './given';
import { LocalServer, type Recipe } from './local-server';
import { mariaDb } from './mariadb';
import { canInstall, install } from './packages';
import { findMariaDb, findRabbitMq } from './programs';
import { rabbitMq } from './rabbitmq';
import type { PrivateService, Service } from './service';

export interface Services<T extends Service = Service> {
  readonly mysql: T;
  readonly amqp: T;
  /** Ends what was started for them. */
  readonly close: () => Promise<void>;
}

/** A kind of server, and how to come by one. */
interface Kind {
  readonly name: string;
  /** Of Debian. */
  readonly package: string;
  readonly variable: string;
  /** How to run the one that is installed; null when there is none. */
  readonly installed: () => ((folder: string) => Promise<Recipe>) | null;
  readonly image: Image;
  readonly given: (url: string) => Promise<Service>;
}

const mysql: Kind = {
  name: 'MariaDB',
  package: 'mariadb-server',
  variable: 'TEST_MYSQL_URL',
  installed: () => {
    const programs = findMariaDb();
    return programs && ((folder) => mariaDb(programs, folder));
  },
  image: MARIADB,
  given: givenMySql,
};

const amqp: Kind = {
  name: 'RabbitMQ',
  package: 'rabbitmq-server',
  variable: 'TEST_AMQP_URL',
  installed: () => {
    const programs = findRabbitMq();
    return programs && ((folder) => rabbitMq(programs, folder));
  },
  image: RABBITMQ,
  given: givenAmqp,
};

/** Is told what takes its time and changes the machine. */
export type Say = (line: string) => void;

const toStderr: Say = (line) => void process.stderr.write(`${line}\n`);

/**
 * A MariaDB and a RabbitMQ of this process's own: of what is installed; else, as root on Debian or Ubuntu, the packages
 * are installed; else in containers.
 * @throws Error that says what to install
 */
export async function startServices(say: Say = toStderr): Promise<Services<PrivateService>> {
  await installWhatIsMissing([mysql, amqp], say);
  return open(startPrivate(mysql), startPrivate(amqp));
}

/**
 * For tests: the servers that `TEST_MYSQL_URL` and `TEST_AMQP_URL` name, and private ones for what they leave out.
 * @throws Error that says which variable to set, or what to install
 */
export async function servicesForTests(env: NodeJS.ProcessEnv, say: Say = toStderr): Promise<Services> {
  const missing = [mysql, amqp].filter(({ variable }) => !env[variable]);
  await installWhatIsMissing(missing, say);
  const get = (kind: Kind): Promise<Service> => {
    const url = env[kind.variable];
    return url ? kind.given(url) : startPrivate(kind);
  };
  return open(get(mysql), get(amqp));
}

async function installWhatIsMissing(kinds: readonly Kind[], say: Say): Promise<void> {
  const missing = kinds.filter(({ installed }) => !installed());
  if (missing.length === 0 || !canInstall()) return;
  const packages = missing.map((kind) => kind.package);
  say(
    `${missing.map(({ name }) => name).join(' and ')}: not installed; installing ${packages.join(' and ')}`,
  );
  // There may be containers yet.
  await install(packages).catch((error: unknown) => say(`they could not be installed: ${String(error)}`));
}

async function startPrivate(kind: Kind): Promise<PrivateService> {
  const recipe = kind.installed();
  if (recipe) return LocalServer.create(recipe);
  if (await dockerAnswers()) return ContainerServer.create(kind.image);
  throw new Error(
    `${kind.name} is missing. Install it (Debian, Ubuntu: apt-get install ${kind.package}), start a Docker engine, ` +
      `or let ${kind.variable} name a server for tests. npm run test:unit runs what needs no server.`,
  );
}

/** Both, or none. */
async function open<T extends Service>(mysql: Promise<T>, amqp: Promise<T>): Promise<Services<T>> {
  const outcomes = await Promise.allSettled([mysql, amqp]);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const close = async (): Promise<void> => {
    for (const service of started)
      if ('remove' in service) await (service as unknown as PrivateService).remove();
  };
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  if (failures.length > 0) {
    await close();
    throw new Error(failures.map(({ message }) => message).join('\n'), { cause: failures[0] });
  }
  return { mysql: await mysql, amqp: await amqp, close };
}

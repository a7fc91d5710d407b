import { askAmqp, askMySql } from './ask-server';
import type { Service } from './service';

/**
 * The MySQL or MariaDB that `TEST_MYSQL_URL` names.
 * @throws Error when it cannot be used, or when the database might be somebody's: not empty, and not called test…
 */
export async function givenMySql(url: string): Promise<Service> {
  if (!/^(mysql|mariadb):\/\/[^/]+@[^/]+\/[^/]+$/.test(url) || !URL.canParse(url))
    throw new Error('TEST_MYSQL_URL must be mysql://USER:PASSWORD@HOST:PORT/DATABASE');
  const { name, tables } = await askMySql(url).catch(unreachable('TEST_MYSQL_URL'));
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  if (tables > 0 && !database.startsWith('test')) {
    throw new Error(
      `TEST_MYSQL_URL names the database "${database}", which has ${tables} tables: it is not touched. ` +
        'Name an empty one, or one whose name begins with "test".',
    );
  }
  return { name, url };
}

/** @throws Error when `TEST_AMQP_URL` names nothing that can be used */
export async function givenAmqp(url: string): Promise<Service> {
  if (!/^amqps?:\/\//.test(url) || !URL.canParse(url))
    throw new Error('TEST_AMQP_URL must be amqp://USER:PASSWORD@HOST:PORT/VHOST');
  return { name: await askAmqp(url).catch(unreachable('TEST_AMQP_URL')), url };
}

function unreachable(variable: string): (cause: unknown) => never {
  return (cause) => {
    // Some of Node's errors for a refused connection have a code alone.
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new Error(`the server that ${variable} names cannot be used: ${message || code}`, { cause });
  };
}

import { connect } from 'amqplib';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { PrivateService } from './service';
import { type Services, servicesForTests, startServices } from './services';

let services: Services<PrivateService>;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.close());

const restarts: [string, (service: PrivateService) => Promise<void>][] = [
  ['stopped in good order', (service) => service.stop()],
  ['killed', (service) => service.kill()],
];

describe('a private MariaDB', () => {
  const query = async (sql: string): Promise<unknown> => {
    const connection = await createConnection(services.mysql.url);
    try {
      return (await connection.query(sql))[0];
    } finally {
      await connection.end();
    }
  };

  it('says what it is and where', () => {
    expect(services.mysql.name).toMatch(/^MariaDB \d+\.\d+\.\d+$/);
    expect(services.mysql.url).toMatch(/^mysql:\/\/sendback:\w+@127\.0\.0\.1:\d+\/test$/);
    expect(services.mysql.pid).toEqual(expect.any(Number));
  });

  it('stores every character, and lets its user make databases', async () => {
    await query('CREATE DATABASE test_other');
    await query('CREATE TABLE test_other.t (text VARCHAR(9) PRIMARY KEY)');
    await query("INSERT INTO test_other.t VALUES ('Grüße 👋'), ('grüße 👋')");
    expect(await query('SELECT * FROM test_other.t')).toEqual([{ text: 'Grüße 👋' }, { text: 'grüße 👋' }]);
  });

  it.each(restarts)('has what it had, under the same URL, after it was %s', async (_, end) => {
    const { mysql } = services;
    const url = mysql.url;
    await query('CREATE TABLE IF NOT EXISTS kept (n INT)');
    await query('INSERT INTO kept VALUES (1)');
    const rows = await query('SELECT * FROM kept');
    await end(mysql);
    expect(mysql.pid).toBeNull();
    await expect(query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await mysql.start();
    expect(mysql.url).toBe(url);
    expect(await query('SELECT * FROM kept')).toEqual(rows);
  });

  it('is not started twice', async () => {
    await expect(services.mysql.start()).rejects.toThrow('is running');
    expect(await query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('a private RabbitMQ', () => {
  const QUEUE = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

  it('says what it is and where', () => {
    expect(services.amqp.name).toMatch(/^RabbitMQ \d+\.\d+\.\d+$/);
    expect(services.amqp.url).toMatch(/^amqp:\/\/sendback:\w+@127\.0\.0\.1:\d+\/%2F$/);
    expect(services.amqp.pid).toEqual(expect.any(Number));
  });

  // In this order: a kill within a second of its declaration costs RabbitMQ the queue.
  it('has what it had, under the same URL, after it was stopped in good order and after it was killed', async () => {
    const { amqp } = services;
    for (const [, end] of restarts) {
      await publish('kept', 'a message');
      await end(amqp);
      expect(amqp.pid).toBeNull();
      await expect(connect(amqp.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await amqp.start();
      expect(await take('kept')).toBe('a message');
    }
  });

  async function publish(queue: string, text: string): Promise<void> {
    const model = await connect(services.amqp.url);
    const channel = await model.createConfirmChannel();
    await channel.assertQueue(queue, QUEUE);
    channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
    await channel.waitForConfirms();
    await model.close();
  }

  async function take(queue: string): Promise<string | false> {
    const model = await connect(services.amqp.url);
    const message = await (await model.createChannel()).get(queue, { noAck: true });
    await model.close();
    return message && message.content.toString();
  }
});

describe('servers that TEST_MYSQL_URL and TEST_AMQP_URL name', () => {
  const database = (name: string): string => services.mysql.url.replace(/test$/, name);
  const use = (mysqlUrl: string, amqpUrl = services.amqp.url): Promise<Services> =>
    servicesForTests({ TEST_MYSQL_URL: mysqlUrl, TEST_AMQP_URL: amqpUrl });
  const execute = async (...statements: string[]): Promise<void> => {
    const connection = await createConnection(services.mysql.url);
    for (const statement of statements) await connection.query<RowDataPacket[]>(statement);
    await connection.end();
  };

  it('are used, and left running', async () => {
    const { mysql, amqp, close } = await use(services.mysql.url);
    expect([mysql.name, amqp.name]).toEqual([services.mysql.name, services.amqp.name]);
    expect([mysql.url, amqp.url]).toEqual([services.mysql.url, services.amqp.url]);
    await close();
    expect(services.mysql.pid).not.toBeNull();
    await (await use(services.mysql.url)).close();
  });

  it('are refused when the database has tables and is not called test…', async () => {
    await execute('CREATE DATABASE shop', 'CREATE TABLE shop.orders (id INT)');
    const refused = use(database('shop'));
    await expect(refused).rejects.toThrow('names the database "shop", which has 1 tables: it is not touched');
    await expect(refused).rejects.not.toThrow(new URL(services.mysql.url).password);
  });

  it.each([
    ['is empty', 'empty', ['CREATE DATABASE empty']],
    ['is not there', 'nowhere', []],
    ['is called test…', 'test_it', ['CREATE DATABASE test_it', 'CREATE TABLE test_it.t (id INT)']],
  ])('may have a database that %s', async (_, name, statements) => {
    await execute(...statements);
    await expect(use(database(name))).resolves.toHaveProperty('mysql.name');
  });

  it.each([
    ['TEST_MYSQL_URL must be', () => use('postgres://ann:secret@host/db')],
    ['TEST_MYSQL_URL must be', () => use('mysql://ann:secret@host')],
    ['TEST_MYSQL_URL names cannot be used', () => use('mysql://ann:secret@127.0.0.1:1/test')],
    ['Access denied', () => use(services.mysql.url.replace(/:\w+@/, ':secret@'))],
    ['TEST_AMQP_URL must be', () => use(services.mysql.url, 'http://ann:secret@host')],
    [
      'TEST_AMQP_URL names cannot be used',
      () => use(services.mysql.url, 'amqp://ann:secret@127.0.0.1:1/%2F'),
    ],
    [
      'TEST_AMQP_URL names cannot be used',
      () => use(services.mysql.url, services.amqp.url.replace(/:\w+@/, ':secret@')),
    ],
  ])('are refused without a secret in the message: %s', async (message, open) => {
    const error = await open().catch((reason: unknown) => reason);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('secret');
  });
});

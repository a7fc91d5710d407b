import { connect } from 'amqplib';
import { createConnection, type RowDataPacket } from 'mysql2/promise';

const TIMEOUT_MS = 10_000;

export interface MySqlServer {
  readonly name: string;
  /** Of the database that the URL names; 0 when there is no such database. */
  readonly tables: number;
}

/** @throws Error when it does not answer within 10 s, or refuses user and password */
export async function askMySql(url: string): Promise<MySqlServer> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: TIMEOUT_MS,
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT VERSION() AS version, COUNT(*) AS tables FROM information_schema.tables WHERE table_schema = ?',
      [decodeURIComponent(pathname.slice(1))],
    );
    const version = String(rows[0]?.['version']);
    const product = version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
    return {
      name: `${product} ${/^[\d.]*\d/.exec(version)?.[0] ?? ''}`,
      tables: Number(rows[0]?.['tables']),
    };
  } finally {
    await connection.end();
  }
}

/** @returns its name and version
 * @throws Error when it does not answer within 10 s, or refuses user and password */
export async function askAmqp(url: string): Promise<string> {
  const model = await connect(url, { timeout: TIMEOUT_MS });
  model.on('error', () => undefined);
  try {
    const { product, version } = model.connection.serverProperties;
    return `${product} ${version}`;
  } finally {
    await model.close();
  }
}

export interface AmqpUrl {
  /** `amqps` is TLS, with the certificates that Node trusts. */
  readonly protocol: 'amqp' | 'amqps';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

const FORM = 'amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…';

/**
 * The port is 5672 by default, 5671 with TLS; the vhost is `/` by default. User, password and vhost are percent-encoded,
 * so the vhost `/` is written `%2F`.
 * @throws Error saying what is wrong, without repeating the value: it holds a password
 */
export function parseAmqpUrl(value: string): AmqpUrl {
  if (!/^amqps?:\/\//.test(value)) throw new Error(`must be ${FORM}`);
  if (!URL.canParse(value)) throw new Error(`must be ${FORM}, user, password and vhost percent-encoded`);
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(value);
  if (hostname === '' || username === '') throw new Error('must name a user and a host');
  if (search !== '' || hash !== '') throw new Error('must end after the vhost, without parameters');
  if (pathname.slice(1).includes('/')) throw new Error('must name one vhost after the host, / in it as %2F');
  const secure = protocol === 'amqps:';
  return {
    protocol: secure ? 'amqps' : 'amqp',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 5671 : 5672) : Number(port),
    user: decode(username),
    password: decode(password),
    vhost: decode(pathname.slice(1)) || '/',
  };
}

/** For messages: names the broker without user and password. */
export function describeAmqp({ protocol, host, port, vhost }: AmqpUrl): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(vhost)}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('must percent-encode user, password and vhost');
  }
}

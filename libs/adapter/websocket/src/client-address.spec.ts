import type { IncomingMessage } from 'node:http';
import { clientAddress } from './client-address';

const request = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  it.each<[string, readonly string[] | undefined, string, string | undefined, string]>([
    ['is that of the connection', undefined, '10.0.0.1', undefined, '10.0.0.1'],
    ['is that of the connection, whatever is forwarded', undefined, '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['is not believed of who is no proxy', ['10.0.0.2'], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['is believed of a proxy', ['10.0.0.1'], '10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['is the proxy that forwards for nobody', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['is the last that no proxy has', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9', '1.2.3.4'],
    ['is the first where all are proxies', ['10.0.0.0/8'], '10.0.0.1', '10.1.1.1,10.2.2.2', '10.1.1.1'],
    ['is found by name', ['loopback', 'uniquelocal'], '::1', '1.2.3.4, 192.168.0.7', '1.2.3.4'],
    ['is IPv4 where it is', ['10.0.0.1'], '::ffff:10.0.0.1', '::FFFF:1.2.3.4', '1.2.3.4'],
    ['may be IPv6', ['fd00::/8'], 'fd00::1', '2001:DB8::7', '2001:db8::7'],
    ['is the proxy that lets pass what is none', ['10.0.0.0/8'], '10.0.0.1', '1.2.3.4, unknown', '10.0.0.1'],
    ['is the proxy before that one', ['10.0.0.0/8'], '10.0.0.1', '1.2.3.4:80, 10.0.0.2', '10.0.0.2'],
    [
      'is the proxy that lets pass another spelling',
      ['loopback'],
      '127.0.0.1',
      '1.2.3.4, 0x7f.1',
      '127.0.0.1',
    ],
    ['is the proxy that forwards for nothing', ['10.0.0.0/8'], '10.0.0.1', ' , ,', '10.0.0.1'],
  ])('%s', (_, trustProxy, remote, forwarded, expected) => {
    expect(clientAddress(trustProxy)(request(remote, forwarded))).toBe(expected);
  });

  it('is empty for a connection that is gone', () => {
    expect(clientAddress()(request(undefined))).toBe('');
    expect(clientAddress(['loopback'])(request(undefined, '1.2.3.4'))).toBe('');
  });

  it.each(['', 'proxy.example.com', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/x', 'localhost', '*', 'true'])(
    'is not taken from a proxy called %j',
    (entry) => {
      expect(() => clientAddress(['loopback', entry])).toThrow(
        `trustProxy: ${JSON.stringify(entry)} is no address or CIDR, and not loopback`,
      );
    },
  );
});

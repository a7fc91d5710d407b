import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { all, compile } from '@fastify/proxy-addr';

/** Gives the address of the client that a request comes from; empty when its connection is gone already. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * The address of the connection; where that is a trusted proxy's, the one for which it says to forward, and so on from the
 * last entry of `X-Forwarded-For` to the first that is no trusted proxy's. An entry that is no address ends this: then it
 * is the proxy's that let it pass. IPv4 in IPv6 is given as IPv4.
 * @param trustProxy addresses, CIDRs, `loopback`, `linklocal` or `uniquelocal`; nobody is trusted by default
 * @throws TypeError that names the entry that is none of these
 */
export function clientAddress(trustProxy: readonly string[] = []): ClientAddress {
  for (const entry of trustProxy) assertProxy(entry);
  const trusts = compile([...trustProxy]);
  // It reads more as addresses than anybody writes: 0x7f.1 as 127.0.0.1, say.
  const isTrusted: typeof trusts = (entry, hop) => isIP(entry) !== 0 && trusts(entry, hop);
  return (request) => {
    const { remoteAddress } = request.socket;
    if (remoteAddress === undefined) return '';
    const addresses = trustProxy.length === 0 ? [remoteAddress] : all(request, isTrusted);
    const address = addresses.findLast((entry) => isIP(entry) !== 0) ?? remoteAddress;
    return address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '');
  };
}

function assertProxy(entry: string): void {
  try {
    compile(entry);
  } catch (cause) {
    const shown = JSON.stringify(entry);
    throw new TypeError(
      `trustProxy: ${shown} is no address or CIDR, and not loopback, linklocal or uniquelocal`,
      { cause },
    );
  }
}

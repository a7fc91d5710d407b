/** Of what is sent: 4 KiB, at which nothing is lost against 32 KiB, and which some clients ask for. */
export const WINDOW_BITS = 12;

const EXTENSION = 'permessage-deflate';
const BITS = /^(?:[89]|1[0-5])$/;

/** By parameter (RFC 7692 §7.1): whether it can be agreed to. */
const ACCEPTABLE: Readonly<Record<string, (value: string | null) => boolean>> = {
  server_no_context_takeover: (value) => value === null,
  client_no_context_takeover: (value) => value === null,
  client_max_window_bits: (value) => value === null || BITS.test(value),
  server_max_window_bits: (value) => value !== null && BITS.test(value) && Number(value) >= WINDOW_BITS,
};

/**
 * The offer to agree to, of a `Sec-WebSocket-Extensions` header: the first that asks for nothing we do not do.
 * @returns what is left of it to negotiate, or null where compression is not offered like that: then there is none
 */
export function acceptableOffer(header = ''): string | null {
  for (const offer of header.split(',')) {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim());
    if (name === EXTENSION && areAcceptable(parameters)) {
      const limited = parameters.some((parameter) => parameter.startsWith('server_max_window_bits'));
      return limited ? `${EXTENSION}; server_max_window_bits=${WINDOW_BITS}` : EXTENSION;
    }
  }
  return null;
}

function areAcceptable(parameters: readonly string[]): boolean {
  const names = new Set<string>();
  return parameters.every((parameter) => {
    const [, name = '', quoted, plain] = /^(\w+)(?:\s*=\s*(?:"([^"]*)"|(\w+)))?$/.exec(parameter) ?? [];
    const isNew = !names.has(name);
    names.add(name);
    return isNew && Object.hasOwn(ACCEPTABLE, name) && ACCEPTABLE[name]?.(quoted ?? plain ?? null) === true;
  });
}

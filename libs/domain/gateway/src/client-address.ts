const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;

/**
 * What counts as one client where addresses are counted: an IPv4 address, or the /64 of an IPv6 address, since whoever
 * has one address of it has all. What is no address stands for itself.
 */
export function clientAddress(sourceIp: string): string {
  const mapped = MAPPED.exec(sourceIp);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail, ...more] = sourceIp.split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const missing = GROUPS - first.length - last.length;
  if (!sourceIp.includes(':') || more.length > 0 || (tail === undefined ? missing !== 0 : missing < 0)) {
    return sourceIp;
  }
  const groups = [...first, ...Array<string>(missing).fill('0'), ...last].slice(0, 4);
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

/** An IPv4 address at the end takes the place of two. */
function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}

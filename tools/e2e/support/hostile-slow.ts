import { type HostileCase, type HostileScene } from './hostile-case';
import { frame, Opcode, upgradeRequest } from './hostile-frame';

const TOO_SLOW = '408 408';
const BODY_BYTES = 1024 * 1024;
const PATH = '/release/websocket';

/** Beginnings without an end: each is given up when its deadline is over, after half a minute at the latest. */
export function slowCases({ apiId, maxMessageBytes }: HostileScene): HostileCase[] {
  const headers = Buffer.from(upgradeRequest(PATH, { 'X-Slow': 'x' }).slice(0, -4));
  const pushed = Buffer.concat([Buffer.from(post(`/${apiId}`)), Buffer.alloc(BODY_BYTES, ' ')]);
  const whole = frame(Opcode.text, 'x'.repeat(200));
  const long = frame(Opcode.binary, 'x', { claimedLength: BigInt(maxMessageBytes) });
  return [
    slow('nothing', 'public', 'waits', Buffer.alloc(0), TOO_SLOW),
    ...waitsAndDrips('headers', 'public', headers, TOO_SLOW),
    ...waitsAndDrips('headers', 'push', headers, TOO_SLOW),
    ...waitsAndDrips('body', 'push', pushed, TOO_SLOW),
    ...waitsAndDrips('body without secret', 'push', Buffer.from(post('/api-x')), '404 203'),
    ...waitsAndDrips('body', 'public', Buffer.from(post(PATH)), '426 426'),
    silent('frame', whole.subarray(0, 100)),
    silent('header', whole.subarray(0, 3)),
    silent('long frame', long),
    silent('nothing', Buffer.alloc(0)),
    silent('pieces', Buffer.concat([frame(Opcode.text, 'a', { fin: false }), frame(0, 'b', { fin: false })])),
    drippingFrame(long),
  ];
}

function post(path: string): string {
  const length = BODY_BYTES + 10_000;
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
}

function waitsAndDrips(
  name: string,
  listener: HostileCase['listener'],
  request: Buffer,
  answer: string,
): HostileCase[] {
  return (['waits', 'drips'] as const).map((then) => slow(name, listener, then, request, answer));
}

function slow(
  name: string,
  listener: HostileCase['listener'],
  then: HostileCase['then'],
  request: Buffer,
  answer: string,
): HostileCase {
  return { name: `slow, ${name}, ${then}`, listener, request, then, answers: [answer] };
}

/** Each byte is a sign of life; that no message comes about ends it. */
function drippingFrame(frames: Buffer): HostileCase {
  const request = Buffer.from(upgradeRequest('/release/brief'));
  return { ...slow('dripping frame', 'public', 'drips', request, '101 | close 4000'), frames };
}

/** After the upgrade, it answers no ping: that is what ends it. */
function silent(name: string, frames: Buffer): HostileCase {
  const request = Buffer.from(upgradeRequest(PATH));
  return { ...slow(`silent after ${name}`, 'public', 'waits', request, '101 | cut'), frames };
}

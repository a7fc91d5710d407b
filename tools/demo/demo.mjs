// npm run demo: the whole system on free ports, five clients, and a transcript that checks each thing it shows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from './client.mjs';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
let missing = 0;

function heading(text) {
  console.log(`\n${text}`);
}

function check(holds, text) {
  console.log(`  ${holds ? '✓' : '✗ MISSING:'} ${text}`);
  if (!holds) missing++;
}

/** Starts standalone and reads its addresses from what it prints. */
async function startSystem(dataDir) {
  const child = spawn(process.execPath, [join(workspace, 'dist/apps/standalone/index.js')], {
    env: { ...process.env, PORT: '0', PUSH_PORT: '0', API_PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const addresses = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, url] = /^\s*(page|WebSocket|reverse push)\s+(\S+)$/.exec(line) ?? [];
    if (name) addresses[name] = url;
    if (Object.keys(addresses).length === 3) return { child, addresses };
  }
  throw new Error('the system did not start');
}

async function push(address, websocket) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ websocket }),
    signal: AbortSignal.timeout(5_000),
  });
  return { status: response.status, ...(await response.json()) };
}

async function show({ WebSocket: url, 'reverse push': address }) {
  heading('Five clients connect; the registration function records each before it is accepted');
  const [ann, bob, cat, dan, eve] = await Promise.all(
    ['ann', 'bob', 'cat', 'dan', 'eve'].map((name) => Client.connect(name, url)),
  );
  for (const { name, id } of [ann, bob, cat, dan, eve]) console.log(`    ${name} is ${id}`);
  const { count } = await ann.ask({ action: 'online' });
  check(count === 5, `ann asks who is online: ${count}`);

  heading('ann says "good morning"; a plain frame goes to every other connection as it came');
  ann.say('good morning');
  await Promise.all(
    [bob, cat, dan, eve].map((other) => other.hears((text) => text === 'good morning', 'the text')),
  );
  check(true, 'bob, cat, dan and eve receive: good morning');
  check(!ann.heard((text) => text === 'good morning'), 'ann does not');

  heading('bob broadcasts {"soup":"at noon"}; it is acknowledged once it is durable in the queue');
  const ack = await bob.ask({ action: 'broadcast', data: { soup: 'at noon' } });
  check(ack.type === 'ack', `bob receives: ${JSON.stringify(ack)}`);
  const frame = await ann.hears((message) => message.data?.soup, 'the broadcast');
  check(JSON.parse(frame).from === bob.id, `ann receives: ${frame}`);

  heading('cat and dan join the room "kitchen"; eve publishes to it');
  await Promise.all([cat, dan].map((member) => member.ask({ action: 'join', room: 'kitchen' })));
  await eve.ask({ action: 'publish', room: 'kitchen', data: 'who took the salt?' });
  const salt = (message) => message.room === 'kitchen';
  await Promise.all([cat, dan].map((member) => member.hears(salt, 'the message to the room')));
  check(true, 'cat and dan receive: who took the salt?');
  // Another message to everybody on the same lane, sent after it: who has that has everything before it.
  await eve.ask({ action: 'broadcast', data: 'marker' });
  await Promise.all(
    [ann, bob].map((other) => other.hears((message) => message.data === 'marker', 'the marker')),
  );
  check(!ann.heard(salt) && !bob.heard(salt), 'ann and bob, who are not in the room, do not');

  heading('dan writes to ann alone');
  const sent = await dan.ask({ action: 'send', to: ann.id, data: 'psst' });
  await ann.hears((message) => message.direct && message.data === 'psst', 'the direct message');
  check(sent.type === 'ack', 'ann receives: psst, and dan knows that it was delivered');
  const nobody = await dan.ask({ action: 'send', to: 'f'.repeat(32), data: 'anybody there?' });
  check(nobody.code === 'connection_gone', `to somebody who is not there: ${nobody.code}`);

  heading('Anything that knows the reverse push address can speak to cat, by plain HTTP');
  const pushed = await push(address, {
    action: 'data send',
    secConnectionID: cat.id,
    dataType: 'text',
    data: 'your order is on its way',
  });
  check(pushed.status === 200 && pushed.errNo === 0, `POST answers ${pushed.status} ${pushed.errMsg}`);
  await cat.hears((text) => text === 'your order is on its way', 'the push');
  check(true, 'cat receives: your order is on its way');

  heading('and can close eve');
  const kicked = await push(address, { action: 'closing', secConnectionID: eve.id });
  check(kicked.status === 200, `POST answers ${kicked.status} ${kicked.errMsg}`);
  const code = await eve.closed();
  check(code === 1000, `eve is closed with code ${code}`);
  const late = await push(address, {
    action: 'data send',
    secConnectionID: eve.id,
    dataType: 'text',
    data: 'hm',
  });
  check(late.status === 410, `a push to eve now answers ${late.status} ${late.errMsg}`);

  heading('bob leaves; the cleanup function removes the records of both');
  bob.socket.close();
  await bob.closed();
  const left = await onlineFalls(ann, 3);
  check(left === 3, `ann asks who is online: ${left}`);
}

/** Cleanup comes after the end of a connection: asks until the count is there, for five seconds. */
async function onlineFalls(client, expected) {
  for (const end = Date.now() + 5_000; ;) {
    const { count } = await client.ask({ action: 'online' });
    if (count === expected || Date.now() > end) return count;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function stopSystem(child) {
  heading('SIGTERM');
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(15_000) });
  child.kill('SIGTERM');
  const [code] = await exited;
  check(code === 0, `the system drains and exits with ${code}`);
}

const dataDir = mkdtempSync(join(tmpdir(), 'sendback-demo-'));
let system;
try {
  system = await startSystem(dataDir);
  for (const [name, address] of Object.entries(system.addresses)) console.log(`${name.padEnd(14)}${address}`);
  await show(system.addresses);
  await stopSystem(system.child);
} catch (error) {
  check(false, error.message);
} finally {
  system?.child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(missing === 0 ? '\nEverything shown was checked.' : `\n${missing} missing`);
process.exit(missing === 0 ? 0 : 1);

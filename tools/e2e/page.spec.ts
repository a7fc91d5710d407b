import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { findChromium } from './support/find-chromium';
import { freePort } from './support/free-port';
import { PretendedGateway } from './support/pretended-gateway';
import { type Standalone, startStandalone } from './support/app-process';
import { Visitor } from './support/visitor';

const BROWSER_ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
/** A browser that has to be installed first takes minutes. */
const PREPARE_MS = 900_000;
const LOG_SCROLL = `document.querySelector('[role=log]').scrollTop`;

jest.setTimeout(120_000);

const dataDir = mkdtempSync(join(tmpdir(), 'sendback-page-'));
let browser: Browser;
let server: Standalone;
let visitors: Visitor[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium(), args: BROWSER_ARGS });
  server = await startStandalone(dataDir, { PORT: String(await freePort()) });
}, PREPARE_MS);

afterAll(async () => {
  await browser.close();
  await server.app.stop();
  rmSync(dataDir, { recursive: true });
});

afterEach(async () => {
  const problems = visitors.flatMap((visitor) => visitor.problems);
  await Promise.all(visitors.map(({ page }) => page.context().close()));
  visitors = [];
  expect(problems).toEqual([]);
});

describe('people on the page', () => {
  it('see each other online, by name', async () => {
    const [ann, bob] = [await visit('Ann'), await visit('Bob')];

    await ann.person('Bob').waitFor();
    await bob.person('Ann').waitFor();
    const id = await ann.page.getByRole('region', { name: 'You' }).getByRole('code').innerText();
    await bob.person('Ann').getByText(id.slice(0, 6)).waitFor();
  });

  it('read what one of them says, once', async () => {
    const [ann, bob] = [await visit('Ann'), await visit('Bob')];

    await ann.say('good morning');

    await bob.reads('good morning');
    await ann.log.getByText('✓ queued').waitFor();
    await bob.say('and to you');
    await ann.reads('and to you');
    expect(await ann.log.getByText('good morning').count()).toBe(1);
    expect(await bob.log.getByText('good morning').count()).toBe(1);
  });

  it('read what is said in a room when they are in it', async () => {
    const [ann, bob, eve] = [await visit('Ann'), await visit('Bob'), await visit('Eve')];
    await ann.join('tea');
    await bob.join('tea');

    await ann.say('a word among members');

    await bob.reads('a word among members');
    await ann.open('Everyone');
    await ann.say('a word to all');
    await eve.reads('a word to all');
    expect(await eve.page.getByText('a word among members').count()).toBe(0);

    await bob.page.getByRole('button', { name: 'Leave room' }).click();
    await bob.page.getByRole('heading', { name: 'Everyone' }).waitFor();
    expect(await bob.page.getByRole('button', { name: 'tea' }).count()).toBe(0);
  });

  it('read what is said to them alone', async () => {
    const [ann, bob, eve] = [await visit('Ann'), await visit('Bob'), await visit('Eve')];

    await ann.person('Bob').click();
    await ann.say('between us');

    await bob.page.getByRole('button', { name: /^Ann .* 1 unread/ }).click();
    await bob.reads('between us');
    await ann.log.getByText('✓ delivered').waitFor();
    await ann.open('Everyone');
    await ann.say('a word to all');
    await eve.reads('a word to all');
    expect(await eve.page.getByText('between us').count()).toBe(0);
  });

  it('learn a new name', async () => {
    const [ann, bob] = [await visit('Ann'), await visit('Bob')];

    await bob.page.getByLabel('Name', { exact: true }).fill('Robert');
    await bob.page.keyboard.press('Enter');

    await ann.person('Robert').waitFor();
  });

  it('cannot put elements into each other’s pages', async () => {
    const hostile = '<img src=x onerror="document.title=1"><b id=planted>bold</b>';
    const [ann, bob] = [await visit('Ann'), await visit(hostile.slice(0, 40))];
    await ann.person('<img').waitFor();

    await bob.say(hostile);

    await ann.reads(hostile);
    expect(await ann.page.locator('img[src=x], #planted').count()).toBe(0);
  });

  it('read what any other client sends, whatever it is', async () => {
    const ann = await visit('Ann');
    const client = new WebSocket(server.websocket);
    await once(client, 'open');

    client.send('plain text');
    client.send('{"temperature":21.5}');
    client.send(Buffer.alloc(300));
    client.send('{"action":"broadcast","data":["no","chat"]}');

    for (const text of ['plain text', '{"temperature":21.5}', '300 bytes', '["no","chat"]'])
      await ann.reads(text);
    client.close();
    await once(client, 'close');
  });

  it('cannot be made to say what costs them their connection', async () => {
    const ann = await visit('Ann');
    const client = new WebSocket(server.websocket);
    await once(client, 'open');

    const from = 'x'.repeat(1024 * 1024 - 60);
    client.send(JSON.stringify({ type: 'message', from, data: { kind: 'hello' } }));
    client.send('still there?');

    await ann.reads('still there?');
    await ann.say('yes');
    await ann.log.getByText('✓ queued').waitFor();
    client.close();
    await once(client, 'close');
  });

  it('are back, in their rooms and with what they were writing, when the server has restarted', async () => {
    const [ann, bob] = [await visit('Ann'), await visit('Bob')];
    await ann.join('tea');
    await bob.join('tea');
    for (const visitor of [ann, bob]) visitor.mayLoseConnection = true;

    await server.app.stop();
    await ann.showed('Reconnecting');
    await ann.say('written meanwhile');
    expect(await ann.composer.inputValue()).toBe('written meanwhile');
    server = await startStandalone(dataDir, { PORT: new URL(server.page).port });

    for (const visitor of [ann, bob]) {
      await visitor.state('Connected').waitFor({ timeout: 60_000 });
      await visitor.log.getByText(/You were away for \d+ s/).waitFor();
    }
    await ann.person('Bob').waitFor();
    await ann.composer.press('Enter');
    await bob.reads('written meanwhile');
  });
});

describe('the connection', () => {
  it.each([1001, 1006, 1011, 1012, 4000, 4499])('comes back by itself after close code %i', async (code) => {
    const { ann, gateway } = await visitPretended();

    await gateway.socket.close({ code, reason: 'for a test' });

    await ann.showed('Reconnecting');
    await ann.state('Connected').waitFor();
    expect(gateway.sockets).toHaveLength(2);
  });

  it.each([1000, 1002, 1003, 1007, 1008, 1009, 4500, 4999])(
    'waits to be asked after close code %i',
    async (code) => {
      const { ann, gateway } = await visitPretended();
      await ann.page.clock.install();

      await gateway.socket.close({ code, reason: 'for a test' });

      await ann.state('Closed').waitFor();
      await ann.page.clock.fastForward(120_000);
      expect(gateway.sockets).toHaveLength(1);
      await ann.page.getByRole('button', { name: 'Connect again' }).press('Enter');
      await ann.state('Connected').waitFor();
      await ann.isFocused(ann.composer);
    },
  );

  it('leaves what was refused to be sent again', async () => {
    const { ann, gateway } = await visitPretended();
    gateway.answers.set('broadcast', {
      type: 'error',
      code: 'queue_unavailable',
      message: 'queue unavailable',
    });

    await ann.say('hold on to this');
    await ann.log.getByText('Not sent: queue unavailable (queue_unavailable).').waitFor();
    gateway.answers.delete('broadcast');
    await ann.page.getByRole('button', { name: 'Send again' }).click();

    await ann.log.getByText('✓ queued').waitFor();
    expect(await ann.log.getByText('hold on to this').count()).toBe(1);
    await ann.isFocused(ann.composer);
  });

  it('says so when no answer comes, and is replaced when it has gone silent', async () => {
    const { ann, gateway } = await visitPretended({ clock: true });
    for (const action of ['broadcast', 'online', 'whoami']) gateway.answers.set(action, null);

    await ann.say('anybody there?');
    await ann.log.getByText('sending…').waitFor();
    await ann.page.clock.runFor(11_000);

    await ann.log.getByText('Perhaps not sent: No answer in time.').waitFor();
    await ann.page.clock.runFor(2_000);
    await ann.state('Connected').waitFor();
    expect(gateway.sockets).toHaveLength(2);
  });

  it('shows why a room could not be joined, beside the field', async () => {
    const { ann, gateway } = await visitPretended();
    gateway.answers.set('join', {
      type: 'error',
      code: 'not_permitted',
      message: 'a connection may be in 100 rooms at a time',
    });

    await ann.page.getByLabel('Room to join').fill('tea');
    await ann.page.keyboard.press('Enter');

    const problem = ann.page
      .getByRole('alert')
      .getByText('Not joined: a connection may be in 100 rooms at a time');
    await problem.waitFor();
    await ann.isFocused(ann.page.getByLabel('Room to join'));
  });

  it('takes no answer from anybody but the server', async () => {
    const { ann, gateway } = await visitPretended();
    gateway.answers.set('broadcast', null);

    await ann.say('not yet');
    for (let id = 1; id <= 20; id++) gateway.socket.send(`{"type":"ack","id":${id},"action":"broadcast"}`);

    await ann.reads('{"type":"ack","id":20,"action":"broadcast"}');
    expect(await ann.log.getByText('sending…').count()).toBe(1);
  });

  it('asks who is online only while somebody looks, and is kept alive meanwhile', async () => {
    const { ann, gateway } = await visitPretended({ clock: true });
    await gateway.nextAsk('online', () => ann.page.clock.runFor(6_000));

    await ann.page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, writable: true })`);
    gateway.asked.length = 0;
    // In steps well below a request's time-out: the page's clock runs faster than answers travel.
    for (let s = 0; s < 310 && gateway.asked.length === 0; s += 2) await ann.page.clock.runFor(2_000);
    expect(gateway.asked).toEqual(['whoami']);

    const looked = `document.hidden = false, document.dispatchEvent(new Event('visibilitychange'))`;
    await gateway.nextAsk('online', () => ann.page.evaluate(looked));
  });

  it('leaves those who read further up where they are', async () => {
    const { ann, gateway } = await visitPretended();
    for (let n = 1; n <= 50; n++) gateway.socket.send(`message ${n}.`);
    await ann.reads('message 50.');
    await ann.page.evaluate(`${LOG_SCROLL} = 0`);
    const latest = ann.page.getByRole('button', { name: 'Latest messages' });
    await latest.waitFor();

    gateway.socket.send('a late one');
    await ann.reads('a late one');
    expect(await ann.page.evaluate(LOG_SCROLL)).toBe(0);
    await latest.click();
    await latest.waitFor({ state: 'hidden' });
    await ann.isFocused(ann.composer);
  });

  it('keeps the last 500 messages of a conversation', async () => {
    const { ann, gateway } = await visitPretended();

    for (let n = 1; n <= 700; n++) gateway.socket.send(`message ${n}.`);

    await ann.reads('message 700.');
    expect(await ann.log.getByRole('listitem').count()).toBe(500);
    expect(await ann.log.getByText('message 200.').count()).toBe(0);
    expect(await ann.log.getByText('message 201.').count()).toBe(1);
  });
});

describe('the page', () => {
  it('is usable with the keyboard alone', async () => {
    const [ann, bob] = [await visit('Ann'), await visit('Bob')];
    await ann.person('Bob').waitFor();

    await ann.tabTo(ann.composer);
    await ann.page.keyboard.type('typed');
    await ann.page.keyboard.press('Shift+Enter');
    await ann.page.keyboard.type('and sent');
    await ann.page.keyboard.press('Enter');
    await bob.reads(/typed\s+and sent/);

    await ann.tabTo(ann.page.getByLabel('Room to join'));
    await ann.page.keyboard.type('tea');
    await ann.page.keyboard.press('Enter');
    await ann.page.getByRole('heading', { name: '# tea' }).waitFor();
    await ann.isFocused(ann.composer);

    await ann.tabTo(ann.person('Bob'));
    await ann.page.keyboard.press('Enter');
    await ann.page.getByRole('heading', { name: 'Bob' }).waitFor();
    await ann.isFocused(ann.composer);
  });

  it('fits a narrow phone', async () => {
    const ann = await visit('A'.repeat(40), { viewport: { width: 360, height: 640 } });
    const bob = await visit('Bob');
    await bob.say('x'.repeat(500));
    await ann.reads('x'.repeat(500));
    await ann.say('y'.repeat(500));
    await ann.page.getByText('How it works').click();
    expect(await ann.wideParts()).toEqual([]);

    await ann.page.getByRole('button', { name: 'Chats' }).click();
    await ann.join('r'.repeat(128));
    expect(await ann.wideParts()).toEqual([]);
    await ann.page.getByRole('button', { name: 'Chats' }).click();
    await ann.person('Bob').waitFor();
    expect(await ann.wideParts()).toEqual([]);
    await ann.page.keyboard.press('Escape');
    await ann.isFocused(ann.page.getByRole('button', { name: 'Chats' }));
  });

  it.each(['light', 'dark'] as const)(
    'is named and legible for everybody in %s colours',
    async (colorScheme) => {
      const [ann, bob] = [await visit('Ann', { colorScheme }), await visit('Bob')];
      await ann.join('tea');
      await ann.say('here I am');
      await ann.log.getByText('✓ queued').waitFor();
      await ann.open('Everyone');
      await bob.say('hello');
      await ann.reads('hello');
      await ann.person('Bob').waitFor();

      const tree = await ann.page.locator('body').ariaSnapshot();
      expect(tree).toContain('- textbox "Message"');
      expect(tree.match(/^\s*- (button|textbox|link)(?! ").*$/gm)).toBeNull();
      for (const landmark of ['banner', 'complementary', 'main', 'contentinfo'] as const) {
        expect(await ann.page.getByRole(landmark).count()).toBe(1);
      }
      expect(await ann.faintTexts()).toEqual([]);
      await ann.page.locator('[aria-live=polite]', { hasText: 'Bob: hello' }).waitFor({ state: 'attached' });
    },
  );
});

async function visit(name: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, name, options);
  visitors.push(visitor);
  await visitor.page.goto(server.page);
  await visitor.state('Connected').waitFor();
  return visitor;
}

async function visitPretended({ clock = false } = {}): Promise<{ ann: Visitor; gateway: PretendedGateway }> {
  const [ann, gateway] = [await Visitor.arrive(browser, 'Ann'), new PretendedGateway()];
  visitors.push(ann);
  if (clock) await ann.page.clock.install();
  await gateway.standInFor(ann.page);
  await ann.page.goto(server.page);
  await ann.state('Connected').waitFor();
  return { ann, gateway };
}

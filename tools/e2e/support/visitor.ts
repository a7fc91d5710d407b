import { type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

/** Somebody with the page open in a browser of their own. */
export class Visitor {
  /** What the page wrote to the console, what it threw, and what it asked of other hosts. */
  readonly problems: string[] = [];
  /** Browsers write to the console when a WebSocket cannot be opened. */
  mayLoseConnection = false;
  private host: string | undefined;
  readonly composer: Locator;
  readonly log: Locator;

  private constructor(readonly page: Page) {
    this.composer = page.getByRole('textbox', { name: 'Message' });
    this.log = page.getByRole('log');
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complain(message.text());
    });
    page.on('request', (request) => this.expectOwnHost(request.url()));
    page.on('websocket', (socket) => this.expectOwnHost(socket.url()));
  }

  /** Opens nothing yet: `page.goto` does. */
  static async arrive(browser: Browser, name: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext(options);
    await context.addInitScript(`sessionStorage.name ??= ${JSON.stringify(name)}`);
    await context.addInitScript(KEEP_STATES);
    return new Visitor(await context.newPage());
  }

  state(text: string): Locator {
    return this.page.getByRole('status').getByText(text, { exact: true });
  }

  /** Waits until the page shows this state or has shown it: some pass sooner than they can be looked for. */
  async showed(state: string): Promise<void> {
    await this.page.locator(`html[data-states~="${state}"]`).waitFor({ state: 'attached' });
  }

  person(name: string): Locator {
    return this.page.getByRole('region', { name: /^Online/ }).getByRole('button', { name });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  async reads(text: string | RegExp): Promise<void> {
    await this.log.getByText(text).waitFor();
  }

  async join(room: string): Promise<void> {
    await this.page.getByLabel('Room to join').fill(room);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
    await this.page.getByRole('heading', { name: `# ${room}` }).waitFor();
  }

  async open(conversation: string): Promise<void> {
    await this.page.getByRole('button', { name: conversation }).click();
    await this.page.getByRole('heading', { name: conversation }).waitFor();
  }

  async isFocused(locator: Locator): Promise<void> {
    await locator.and(this.page.locator(':focus')).waitFor();
  }

  /** Every stop on the way shows that it has the focus. */
  async tabTo(locator: Locator): Promise<void> {
    for (let stops = 0; stops < 50; stops++) {
      await this.page.keyboard.press('Tab');
      expect(await this.page.evaluate(FOCUS_IS_VISIBLE)).toBe(true);
      if ((await locator.and(this.page.locator(':focus')).count()) === 1) return;
    }
    throw new Error('out of reach of the Tab key');
  }

  /** Texts that are not legible enough, with their contrast. */
  async faintTexts(): Promise<string[]> {
    return this.page.evaluate<string[]>(FAINT_TEXTS);
  }

  /** What would have to be scrolled sideways. */
  async wideParts(): Promise<string[]> {
    return this.page.evaluate<string[]>(WIDE_PARTS);
  }

  private complain(text: string): void {
    if (this.mayLoseConnection && text.startsWith('WebSocket connection to')) return;
    this.problems.push(text);
  }

  private expectOwnHost(url: string): void {
    this.host ??= new URL(url).host;
    if (new URL(url).host !== this.host) this.problems.push(`asked for ${url}`);
  }
}

const KEEP_STATES = `addEventListener('DOMContentLoaded', () => {
  const shown = document.querySelector('[role=status]');
  const keep = () => (document.documentElement.dataset.states = (document.documentElement.dataset.states ?? '') + ' ' + shown.textContent);
  new MutationObserver(keep).observe(shown, { childList: true, characterData: true, subtree: true });
})`;

const FOCUS_IS_VISIBLE = `document.activeElement === document.body ||
  (document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle !== 'none')`;

const WIDE_PARTS = `[...document.querySelectorAll('*')]
  .filter((each) => each === document.documentElement || ['auto', 'scroll'].includes(getComputedStyle(each).overflowX))
  .filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.tagName + '#' + each.id)`;

/** Texts whose contrast to what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
const FAINT_TEXTS = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      if (color[3] === 255) return color;
    }
  };
  const luminance = (color) => {
    const [r, g, b] = [...color].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element) => {
    const [dark, bright] = [rgba(getComputedStyle(element).color), behind(element)].map(luminance).sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const holdsText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll('*')]
    .filter((element) => holdsText(element) && element.checkVisibility() && contrast(element) < 4.5)
    .map((element) => element.textContent.trim() + ' ' + contrast(element).toFixed(2));
})()`;

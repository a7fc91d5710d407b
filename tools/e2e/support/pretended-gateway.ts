import { EventEmitter, once } from 'node:events';
import type { Page, WebSocketRoute } from 'playwright-core';

const ASK_MS = 30_000;

/** A gateway in the hands of the test, for what the real one seldom does. It acknowledges every request. */
export class PretendedGateway {
  /** In the order in which the page opened them. */
  readonly sockets: WebSocketRoute[] = [];
  /** The actions that were asked for. */
  readonly asked: string[] = [];
  /** What an action is answered with instead; null for nothing. */
  readonly answers = new Map<string, object | null>();

  private readonly heard = new EventEmitter();

  /** To be called before the page is opened. */
  async standInFor(page: Page): Promise<void> {
    await page.routeWebSocket(/\/release\/websocket$/, (socket) => {
      this.sockets.push(socket);
      socket.onMessage((frame) => this.answer(socket, String(frame)));
    });
  }

  /** Resolves when the page has asked for it because of what `act` does, and rejects 30 s later. */
  async nextAsk(action: string, act: () => Promise<unknown>): Promise<void> {
    await Promise.all([once(this.heard, action, { signal: AbortSignal.timeout(ASK_MS) }), act()]);
  }

  get socket(): WebSocketRoute {
    const last = this.sockets.at(-1);
    if (!last) throw new Error('the page has not connected');
    return last;
  }

  private answer(socket: WebSocketRoute, frame: string): void {
    const { action, id } = JSON.parse(frame) as { action: string; id: string };
    this.asked.push(action);
    this.heard.emit(action);
    const ack = { type: 'ack', action, connectionId: 'ann-1', count: 1, connections: ['ann-1'] };
    const answer = this.answers.get(action);
    if (answer !== null) socket.send(JSON.stringify({ ...(answer ?? ack), id }));
  }
}

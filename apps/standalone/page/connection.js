const REQUEST_MS = 10_000;
const LATE_MS = 60_000;
const KEEP_ALIVE_MS = 240_000;
const STABLE_MS = 10_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Codes that ask the client not to come back by itself; after any other it may. */
const FINAL_CODES = new Set([1000, 1002, 1003, 1007, 1008, 1009]);
const isFinal = (code) => FINAL_CODES.has(code) || (code >= 4500 && code <= 4999);

/** A request without an ack. `unsure`: it may have been carried out all the same. */
export class RequestFailed extends Error {
  constructor(message, { unsure = false } = {}) {
    super(message);
    this.unsure = unsure;
  }
}

/**
 * One WebSocket that comes back: `onState` gets `{phase: 'connecting' | 'open'}`,
 * `{phase: 'waiting', until, code, reason}` or `{phase: 'closed', code, reason}`;
 * `onMessage` gets what is no answer to a request, as `{bytes}` or `{text, value}` (`value`: the JSON object in it).
 */
export class Connection {
  #url;
  #handlers;
  #socket;
  #pending = new Map();
  #attempt = 0;
  #timer;
  #openedAt = 0;
  #heardAt = 0;
  #saidAt = 0;
  state = { phase: 'closed' };

  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    setInterval(() => this.#keepAlive(), KEEP_ALIVE_MS / 4);
  }

  /** Opens now, also when it was waiting or closed for good. */
  open() {
    if (this.state.phase === 'connecting' || this.state.phase === 'open') return;
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
    this.#socket = socket;
    this.#become({ phase: 'connecting' });
  }

  /** Resolves with the ack and how long it took. @throws RequestFailed on an error answer, no answer or no connection */
  request(action, fields = {}) {
    if (this.state.phase !== 'open') return Promise.reject(new RequestFailed('Not connected'));
    const id = unguessableId();
    this.#saidAt = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expired(id), REQUEST_MS);
      this.#pending.set(id, { resolve, reject, timer, sentAt: this.#saidAt });
      this.#socket.send(JSON.stringify({ ...fields, action, id }));
    });
  }

  #opened() {
    this.#openedAt = this.#heardAt = this.#saidAt = performance.now();
    this.#become({ phase: 'open' });
  }

  #received(data) {
    this.#heardAt = performance.now();
    if (typeof data !== 'string') return this.#handlers.onMessage({ bytes: data.byteLength });
    const value = jsonObject(data);
    const request = this.#settle(value?.id);
    if (!request) return this.#handlers.onMessage({ text: data, value });
    if (value.type === 'ack') return request.resolve({ ...value, tookMs: this.#heardAt - request.sentAt });
    request.reject(new RequestFailed(`${value.message ?? 'Refused'} (${value.code ?? 'no code'})`));
  }

  #closed(code, reason) {
    if (this.state.phase === 'open' && performance.now() - this.#openedAt > STABLE_MS) this.#attempt = 0;
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id).reject(
        new RequestFailed('The connection was lost before an answer came', { unsure: true }),
      );
    }
    if (isFinal(code)) return this.#become({ phase: 'closed', code, reason });
    const delay = backOff(this.#attempt++);
    this.#timer = setTimeout(() => this.open(), delay);
    this.#become({ phase: 'waiting', until: Date.now() + delay, code, reason });
  }

  #expired(id) {
    const request = this.#pending.get(id);
    // A late answer is still known for one, and is then ignored.
    request.timer = setTimeout(() => this.#settle(id), LATE_MS);
    request.reject(new RequestFailed('No answer in time', { unsure: true }));
    if (this.#heardAt < request.sentAt) this.#abandon();
  }

  /** A socket that has gone silent may take minutes to notice that its peer is away: it is not waited for. */
  #abandon() {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#closed(1006, 'silent');
  }

  /** The gateway closes who says nothing for ten minutes. */
  #keepAlive() {
    if (this.state.phase !== 'open' || performance.now() - this.#saidAt < KEEP_ALIVE_MS) return;
    this.request('whoami').catch(() => {});
  }

  #settle(id) {
    const request = this.#pending.get(id);
    if (!request) return undefined;
    clearTimeout(request.timer);
    this.#pending.delete(id);
    return request;
  }

  #become(state) {
    this.state = state;
    this.#handlers.onState(state);
  }
}

/** Between half of and the whole doubled delay, so that clients of one gateway do not return all at once. */
function backOff(attempt) {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** Other clients' frames arrive as they were sent: nobody can answer in the server's place without the id. */
function unguessableId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('');
}

function jsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { once } from 'node:events';
import WebSocket from 'ws';

const PATIENCE_MS = 5_000;

/** A named WebSocket client that remembers what it was given and can wait for more. */
export class Client {
  received = [];
  closeCode = null;
  #waiting = new Set();

  static async connect(name, url) {
    const client = new Client(name, new WebSocket(url));
    await once(client.socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    client.id = (await client.ask({ action: 'whoami' })).connectionId;
    return client;
  }

  constructor(name, socket) {
    this.name = name;
    this.socket = socket;
    socket.on('message', (data) => this.#take(data.toString()));
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
  }

  say(text) {
    this.socket.send(text);
  }

  /** Sends an action and resolves to its acknowledgement or error. */
  ask(request) {
    const id = `${this.name}-${Math.random().toString(36).slice(2)}`;
    this.say(JSON.stringify({ ...request, id }));
    return this.#until(
      () => this.received.map(parse).find((frame) => frame?.id === id),
      `a reply to ${request.action}`,
    );
  }

  /** Resolves to the first frame, text or parsed JSON, for which `matches` is true. */
  hears(matches, what) {
    return this.#until(() => this.received.find((text) => matches(parse(text) ?? text)), what);
  }

  heard(matches) {
    return this.received.some((text) => matches(parse(text) ?? text));
  }

  closed() {
    return this.#until(() => this.closeCode, 'being closed');
  }

  #take(text) {
    this.received.push(text);
    this.#wake();
  }

  #wake() {
    for (const check of this.#waiting) check();
  }

  #until(find, what) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(check);
        clearTimeout(timer);
      };
      const check = () => {
        const found = find();
        if (found === undefined || found === null) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`${this.name} waited ${PATIENCE_MS} ms for ${what}`));
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

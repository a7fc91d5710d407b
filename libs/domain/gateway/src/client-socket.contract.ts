import type { ClientListener, ClientMessage, ClientSocket, Frame } from './client-socket.port';

/** The far end of a socket, as the contract drives it. */
export interface ContractClient {
  says(dataType: 'text' | 'binary', data: string): void;
  /** Sends a part of a message. */
  beginsToSay(): void;
  closes(code?: number, reason?: string): void;
  vanishes(): void;
  stopsReading(): void;
  /** The texts that arrived so far. */
  readonly received: readonly string[];
  /** The close that arrived. */
  readonly closeFrame: { readonly code: number; readonly reason: string } | null;
}

export interface ContractSocket {
  readonly socket: ClientSocket;
  readonly client: ContractClient;
  frame(text: string): Frame;
  close(): Promise<void>;
}

class Recorder implements ClientListener {
  readonly messages: ClientMessage[] = [];
  readonly ends: { code: number; reason: string }[] = [];

  receive(message: ClientMessage): void {
    this.messages.push(message);
  }

  closed(code: number, reason: string): void {
    this.ends.push({ code, reason });
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/**
 * What every ClientSocket promises.
 * @param open connects a client, whose doings the listener hears
 */
export function clientSocketContract(
  name: string,
  open: (listener: ClientListener) => Promise<ContractSocket>,
): void {
  describe(`ClientSocket on ${name}`, () => {
    let heard: Recorder;
    let far: ContractSocket;

    beforeEach(async () => {
      heard = new Recorder();
      far = await open(heard);
    });
    afterEach(() => far.close());

    const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i}`);
    const terminate = async (): Promise<void> => {
      far.socket.terminate();
      await until(() => heard.ends.length > 0);
    };

    it('brings frames to the client in the order they were sent', async () => {
      for (const text of texts(200)) expect(far.socket.send(far.frame(text))).toBe(true);
      await until(() => far.client.received.length === 200);
      expect(far.client.received).toEqual(texts(200));
    });

    it('brings a frame that another one was to follow, and did not', async () => {
      far.socket.send(far.frame('first'), true);
      await until(() => far.client.received.length === 1);
      expect(far.client.received).toEqual(['first']);
    });

    it('brings frames of all sizes in the order they were sent, over many turns', async () => {
      const sizes = [1, 200_000, 5, 65_536, 70_000, 3, 4_096];
      const sent = texts(sizes.length * 10).map((text, i) => text.padEnd(sizes[i % sizes.length] ?? 0, '.'));
      for (const [i, text] of sent.entries()) {
        far.socket.send(far.frame(text));
        if (i % 4 === 0) await new Promise((resolve) => setTimeout(resolve, i % 3));
      }
      await until(() => far.client.received.length === sent.length);
      expect(far.client.received).toEqual(sent);
    });

    it('brings what was sent before it heard that the client closes', async () => {
      far.socket.send(far.frame('first'));
      await until(() => far.client.received.length === 1);
      far.socket.send(far.frame('second'));
      far.client.closes(1000, 'bye');
      await until(() => heard.ends.length > 0);
      expect(far.client.received).toEqual(['first', 'second']);
    });

    it('brings what was sent before a close, then the close with its code and reason', async () => {
      for (const text of texts(50)) far.socket.send(far.frame(text));
      far.socket.close(4001, 'too slow');
      await until(() => far.client.closeFrame !== null);
      expect(far.client.received).toEqual(texts(50));
      expect(far.client.closeFrame).toEqual({ code: 4001, reason: 'too slow' });
    });

    it('says that a frame will not arrive once it is closing or closed', async () => {
      far.socket.close(1000, '');
      expect(far.socket.send(far.frame('late'))).toBe(false);
      await until(() => heard.ends.length > 0);
      expect(far.socket.send(far.frame('later'))).toBe(false);
      expect(far.client.received).toEqual([]);
    });

    it('tells what the client says, binary in base64, in order', async () => {
      far.client.says('text', 'grüße');
      far.client.says('binary', '/wA=');
      await until(() => heard.messages.length === 2);
      expect(heard.messages).toEqual([
        { dataType: 'text', data: 'grüße', byteLength: 7 },
        { dataType: 'binary', data: '/wA=', byteLength: 2 },
      ]);
    });

    it('gives after a pause what was said during it, in order', async () => {
      far.socket.pause();
      for (const text of texts(100)) far.client.says('text', text);
      far.socket.resume();
      await until(() => heard.messages.length === 100);
      expect(heard.messages.map(({ data }) => data)).toEqual(texts(100));
    });

    it('counts what the client does not take', async () => {
      expect(far.socket.backlog).toBe(0);
      far.client.stopsReading();
      const frame = far.frame('x'.repeat(1024 * 1024));
      for (let i = 0; i < 64; i++) far.socket.send(frame);
      expect(far.socket.backlog).toBeGreaterThan(32 * 1024 * 1024);
      expect(far.socket.backlog).toBeLessThanOrEqual(65 * frame.byteLength);
    });

    it('counts what it read: the answer to a ping, messages, and parts of them', async () => {
      const { socket, client } = far;
      const acts = [() => socket.ping(), () => client.says('text', 'x'), () => client.beginsToSay()];
      for (const act of acts) {
        const before = socket.bytesRead;
        act();
        await until(() => socket.bytesRead > before);
      }
      expect(heard.messages).toHaveLength(1);
    });

    it.each([
      [1000, 'bye'],
      [4321, ''],
    ])("tells once that the client closed with %i '%s'", async (code, reason) => {
      far.client.closes(code, reason);
      await until(() => heard.ends.length > 0);
      far.socket.terminate();
      expect(heard.ends).toEqual([{ code, reason }]);
    });

    it('tells 1005 when the client gave no code', async () => {
      far.client.closes();
      await until(() => heard.ends.length > 0);
      expect(heard.ends).toEqual([{ code: 1005, reason: '' }]);
    });

    it('tells 1006 when the connection broke', async () => {
      far.client.vanishes();
      await until(() => heard.ends.length > 0);
      expect(heard.ends).toEqual([{ code: 1006, reason: '' }]);
    });

    it('tells that it is closed once it closed or terminated it itself', async () => {
      far.socket.close(1001, 'going away');
      far.socket.terminate();
      await until(() => heard.ends.length > 0);
      far.socket.terminate();
      expect(heard.ends).toHaveLength(1);
    });

    it('closes a paused connection with the whole handshake', async () => {
      far.socket.pause();
      far.socket.close(1001, 'going away');
      await until(() => heard.ends.length > 0);
      expect(heard.ends).toEqual([{ code: 1001, reason: 'going away' }]);
    });

    it('takes every call after the end, and does nothing', async () => {
      await terminate();
      far.socket.pause();
      far.socket.resume();
      far.socket.ping();
      far.socket.close(1000, '');
      far.socket.terminate();
      expect(heard.ends).toHaveLength(1);
    });
  });
}

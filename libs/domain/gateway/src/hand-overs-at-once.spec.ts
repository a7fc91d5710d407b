import { CloseCode } from './close-code';
import { type Connected, GatewayHarness, textsOf } from './testing/gateway-harness';

describe('with several messages of a connection under way at a time', () => {
  let g: GatewayHarness;
  let ann: Connected;
  /** Of the hand-overs under way, by message. */
  let answers: Map<string, (value?: unknown) => void>;

  beforeEach(async () => {
    g = await new GatewayHarness({
      api: { handOversAtOnce: 3, integrationResponse: true },
      limits: { inboxMessages: 4 },
    }).started();
    ann = await g.connect();
    answers = new Map();
    g.onTransfer = ({ websocket }) =>
      new Promise((resolve, reject) => {
        answers.set(websocket.data, (value) => {
          if (value instanceof Error) reject(value);
          else resolve(value);
        });
      });
  });

  const say = async (...words: readonly string[]): Promise<void> => {
    for (const word of words) g.says(ann.socket, word);
    await g.settle();
  };
  const answer = async (word: string, value?: unknown): Promise<void> => {
    answers.get(word)?.(value);
    await g.clock.advance(0);
  };

  it('starts them in the order they came, and no more than it may', async () => {
    await say('a', 'b', 'c', 'd');
    expect(g.handedOver).toEqual(['a', 'b', 'c']);
  });

  it('goes on with the next whichever is answered first', async () => {
    await say('a', 'b', 'c', 'd');
    await answer('b');
    expect(g.handedOver).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not start the next of one connection for the answer of another', async () => {
    const bob = await g.connect();
    await say('a', 'b', 'c', 'd');
    g.says(bob.socket, 'x');
    await g.settle();
    await answer('x');
    expect(g.handedOver).toEqual(['a', 'b', 'c', 'x']);
  });

  it('counts what is under way to what the client may have waiting', async () => {
    await say('a', 'b', 'c');
    expect(ann.socket.paused).toBe(false);
    await say('d');
    expect(ann.socket.paused).toBe(true);
    await answer('c');
    expect(ann.socket.paused).toBe(true);
    await answer('a');
    expect(ann.socket.paused).toBe(false);
    expect(ann.session.details(g.clock.now()).waiting).toBe(2);
  });

  it('drops what waits when one fails, lets the others end, and closes then', async () => {
    await say('a', 'b', 'c', 'd');
    await answer('b', new Error('no'));
    await say('e');
    expect(ann.socket.closeFrame).toBeNull();
    expect(ann.session.details(g.clock.now()).waiting).toBe(2);
    await answer('a', { websocket: { action: 'data send', secConnectionID: ann.id, data: 'A' } });
    expect(textsOf(ann.socket)).toEqual(['A']);
    expect(ann.socket.closeFrame).toBeNull();
    await answer('c');
    expect(g.handedOver).toEqual(['a', 'b', 'c']);
    expect(ann.socket.closeFrame?.code).toBe(CloseCode.functionFailed);
    expect(g.cleanups.map(({ websocket }) => websocket.closeCode)).toEqual(['1011']);
  });

  it('hands over all that the client said before it left, and calls cleanup after the last', async () => {
    await say('a', 'b', 'c', 'd');
    ann.socket.closes(1000, '');
    for (const word of ['d', 'c', 'b']) await answer(word);
    await answer('d');
    expect(g.handedOver).toEqual(['a', 'b', 'c', 'd']);
    expect(g.cleanups).toEqual([]);
    await answer('a');
    expect(g.cleanups).toHaveLength(1);
  });

  it('calls cleanup once when one fails after the client left', async () => {
    await say('a', 'b');
    ann.socket.closes(1000, '');
    await answer('a', new Error('no'));
    expect(g.cleanups).toEqual([]);
    await answer('b');
    expect(g.cleanups.map(({ websocket }) => websocket.closeCode)).toEqual(['1000']);
  });
});

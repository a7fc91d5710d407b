import { CloseCode } from './close-code';
import { FunctionFailed } from './function-invoker.port';
import { NodeUnreachable } from './node-forwarder.port';
import { type Connected, GatewayHarness, textsOf } from './testing/gateway-harness';

const send = (secConnectionID: string, data: string): object => ({
  websocket: { action: 'data send', secConnectionID, dataType: 'text', data },
});

describe('the integration response', () => {
  let g: GatewayHarness;
  let ann: Connected;
  let bob: Connected;

  beforeEach(async () => {
    g = await new GatewayHarness({ api: { integrationResponse: true } }).started();
    ann = await g.connect();
    bob = await g.connect();
  });

  const say = async (data: string): Promise<void> => {
    g.says(ann.socket, data);
    await g.clock.advance(0);
  };

  it('is carried out as a reverse push, to whomever it names', async () => {
    g.onTransfer = ({ websocket }) => send(bob.id, `ann: ${websocket.data}`);
    await say('hi');
    expect(textsOf(bob.socket)).toEqual(['ann: hi']);
    expect(textsOf(ann.socket)).toEqual([]);
  });

  it('may close a connection, its own among them', async () => {
    g.onTransfer = () => ({ websocket: { action: 'closing', secConnectionID: ann.id } });
    await say('bye');
    expect(ann.socket.closeFrame?.code).toBe(CloseCode.closedByApplication);
  });

  it('is carried out before the next message of the connection is handed over', async () => {
    const seen: number[] = [];
    g.onTransfer = ({ websocket }) => {
      seen.push(ann.socket.received.length);
      return send(ann.id, websocket.data);
    };
    for (const word of ['a', 'b', 'c']) g.says(ann.socket, word);
    await g.clock.advance(0);
    expect(seen).toEqual([0, 1, 2]);
    expect(textsOf(ann.socket)).toEqual(['a', 'b', 'c']);
  });

  it('holds up the next message of the connection for as long as carrying it out takes', async () => {
    let done: () => void = () => undefined;
    const nobody = { gone: [], slow: [] };
    jest
      .spyOn(g.gateway.deliverPush, 'execute')
      .mockReturnValueOnce(new Promise((resolve) => (done = () => resolve(nobody))));
    g.onTransfer = ({ websocket }) => send(bob.id, websocket.data);
    await say('a');
    await say('b');
    expect(g.handedOver).toEqual(['a']);
    done();
    await g.settle();
    expect(g.handedOver).toEqual(['a', 'b']);
  });

  it('of null says nothing', async () => {
    await say('hi');
    expect(ann.socket.closeFrame).toBeNull();
    expect([...ann.socket.received, ...bob.socket.received]).toEqual([]);
  });

  it('to a connection that is gone is no failure', async () => {
    g.onTransfer = () => send(bob.id, 'late');
    bob.socket.vanishes();
    await say('hi');
    expect(ann.socket.closeFrame).toBeNull();
  });

  it('to a connection on a node that does not answer is no failure either, but is logged', async () => {
    jest.spyOn(g.gateway.deliverPush, 'execute').mockRejectedValue(new NodeUnreachable('silent'));
    g.onTransfer = () => send(bob.id, 'hi');
    await say('hi');
    await say('there');
    expect(g.handedOver).toEqual(['hi', 'there']);
    expect(ann.socket.closeFrame).toBeNull();
    expect(g.log.entries[0]?.message).toBe('an integration response did not reach another node');
  });

  it('that is no push is a failure of the function: 1011, and the log names the field', async () => {
    g.onTransfer = () => ({ websocket: { action: 'data send' } });
    await say('hi');
    await say('dropped');
    expect(g.handedOver).toEqual(['hi']);
    expect(ann.socket.closeFrame?.code).toBe(CloseCode.functionFailed);
    const [entry] = g.log.entries;
    expect(entry?.message).toBe('an integration response is no reverse push');
    expect(String(entry?.fields['error'])).toContain('websocket.secConnectionID must be a string');
  });

  it('comes of the attempt that succeeded, once', async () => {
    g.onTransfer = () => {
      if (g.transfers.length < 3) throw new FunctionFailed('no', true);
      return send(ann.id, 'done');
    };
    await say('hi');
    await g.clock.advance(1_000);
    expect(textsOf(ann.socket)).toEqual(['done']);
  });

  it('is ignored unless it is on', async () => {
    g = await new GatewayHarness().started();
    ann = await g.connect();
    g.onTransfer = () => send(ann.id, 'hi');
    await say('hi');
    g.onTransfer = () => 'nonsense';
    await say('hi');
    expect(textsOf(ann.socket)).toEqual([]);
    expect(ann.socket.closeFrame).toBeNull();
  });
});

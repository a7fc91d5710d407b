import { SequentialIds } from '@sendback/domain/runtime/testing';
import { CloseCode } from './close-code';
import type { Frame } from './client-socket.port';
import { MemoryConnectionIds } from './connection-ids.memory';
import type { Gateway } from './gateway';
import { NodeForwarder, NodeUnreachable } from './node-forwarder.port';
import type { PushOutcome } from './push-to-clients';
import type { GatewayNode } from './session-ledger.port';
import { type Connected, GatewayHarness } from './testing/gateway-harness';

export interface ForwarderUnderTest {
  readonly forwarder: NodeForwarder;
  /** Where the gateway takes pushes. */
  readonly address: string;
  /** Where nobody does. */
  readonly deserted: string;
  readonly frame: (text: string) => Frame;
  readonly textOf: (frame: unknown) => string;
  readonly close: () => Promise<void>;
}

class HandsOnNothing extends NodeForwarder {
  async forward(): Promise<PushOutcome> {
    throw new Error('handed on');
  }

  close(): void {
    return undefined;
  }
}

/**
 * What every NodeForwarder promises.
 * @param open makes it reach this gateway, which is started
 */
export function nodeForwarderContract(
  name: string,
  open: (gateway: Gateway) => Promise<ForwarderUnderTest>,
): void {
  describe(`NodeForwarder ${name}`, () => {
    let g: GatewayHarness;
    let test: ForwarderUnderTest;
    let node: GatewayNode;
    let ann: Connected;
    let bob: Connected;

    beforeEach(async () => {
      const connectionIds = new MemoryConnectionIds(new SequentialIds(), 1);
      const forwarder = new HandsOnNothing();
      g = await new GatewayHarness({
        nodes: { connectionIds, forwarder },
        limits: { outboxBytes: 100 },
      }).started();
      test = await open(g.gateway);
      node = { tag: (await g.ledger.nodes())[0]!.tag, address: test.address };
      [ann, bob] = [await g.connect(), await g.connect()];
    });
    afterEach(async () => {
      test.forwarder.close();
      await test.close();
    });

    const forward = (
      connectionIds: readonly string[],
      ...messages: readonly (readonly [id: string | null, text: string])[]
    ): Promise<PushOutcome> => {
      const outgoing = messages.map(([id, text]) => ({ id, frame: test.frame(text), except: null }));
      return test.forwarder.forward(node, g.live.api.id, { connectionIds, messages: outgoing });
    };
    const got = ({ socket }: Connected): string[] => socket.received.map((frame) => test.textOf(frame));
    const nothing: PushOutcome = { gone: [], slow: [] };

    it('brings messages to the connections of the node, in order', async () => {
      expect(await forward([ann.id, bob.id], [null, 'a "ß"\n'], ['1', 'b'])).toEqual(nothing);
      expect([got(ann), got(bob)]).toEqual([
        ['a "ß"\n', 'b'],
        ['a "ß"\n', 'b'],
      ]);
    });

    it('brings what follows after it', async () => {
      for (let n = 0; n < 20; n++) await forward([ann.id], [null, String(n)]);
      expect(got(ann)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    });

    it('keeps the ids of messages, so that they may be repeated', async () => {
      await forward([ann.id], ['1', 'a'], ['2', 'b']);
      await forward([ann.id, bob.id], ['2', 'b'], ['3', 'c']);
      expect([got(ann), got(bob)]).toEqual([
        ['a', 'b', 'c'],
        ['b', 'c'],
      ]);
    });

    it('keeps whom a message is not for', async () => {
      const connectionIds = [ann.id, bob.id];
      const messages = [
        { id: '1', frame: test.frame('a'), except: ann.id },
        { id: null, frame: test.frame('b'), except: bob.id },
        { id: null, frame: test.frame('c'), except: null },
      ];
      expect(await test.forwarder.forward(node, g.live.api.id, { connectionIds, messages })).toEqual(nothing);
      expect([got(ann), got(bob)]).toEqual([
        ['b', 'c'],
        ['a', 'c'],
      ]);
    });

    it('tells who is gone and who is slow', async () => {
      bob.socket.stopsReading();
      await forward([bob.id], [null, 'x'.repeat(90)]);
      const outcome = await forward([ann.id, bob.id, 'nobody'], [null, 'x'.repeat(90)]);
      expect(outcome).toEqual({ gone: ['nobody'], slow: [bob.id] });
      expect(got(ann)).toHaveLength(1);
    });

    it('closes connections', async () => {
      const push = { connectionIds: [ann.id, 'nobody'], messages: null };
      expect(await test.forwarder.forward(node, g.live.api.id, push)).toEqual({ gone: ['nobody'], slow: [] });
      expect(ann.socket.closeFrame?.code).toBe(CloseCode.closedByApplication);
      expect(bob.socket.closeFrame).toBeNull();
    });

    it('is not handed on: what the node does not have is gone', async () => {
      const other = new MemoryConnectionIds(new SequentialIds(), 1).create('bbbbbbbbbbbb');
      expect(await forward([other], [null, 'a'])).toEqual({ gone: [other], slow: [] });
    });

    it('takes as many connections and messages as a push has', async () => {
      const ids = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(44, '0'));
      let done = false;
      const forwarding = forward([ann.id, ...ids.slice(1)], ['1', 'a']).finally(() => (done = true));
      while (!done) {
        await g.clock.advance(1);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await forwarding).gone).toEqual(ids.slice(1));
    });

    it('is answered by the node that is meant, and by no other in its place', async () => {
      const meant = { ...node, tag: 'bbbbbbbbbbbb' };
      const push = { connectionIds: [ann.id], messages: null };
      await expect(test.forwarder.forward(meant, g.live.api.id, push)).rejects.toThrow(NodeUnreachable);
      expect(ann.socket.closeFrame).toBeNull();
    });

    it('fails where nobody is, nobody knows the API, or nothing is named', async () => {
      const push = { connectionIds: [ann.id], messages: null };
      const { api } = g.live;
      for (const [address, apiId] of [
        [test.deserted, api.id],
        [test.address, 'api-another'],
        ['nonsense', api.id],
      ] as const) {
        await expect(test.forwarder.forward({ ...node, address }, apiId, push)).rejects.toBeInstanceOf(
          NodeUnreachable,
        );
      }
    });

    it('fails once it is closed', async () => {
      test.forwarder.close();
      test.forwarder.close();
      await expect(forward([ann.id], [null, 'a'])).rejects.toBeInstanceOf(NodeUnreachable);
      expect(got(ann)).toEqual([]);
    });
  });
}

import { IdLists } from './id-lists';
import { parsePushRequest } from './push-request';

const ids = Array.from({ length: 50 }, (_, n) => `${n}`.padStart(32, '0'));
const others = ids.map((id) => `f${id.slice(1)}`);
const message = { action: 'data send', dataType: 'text', data: 'hi' };

describe('a list of ids in a push', () => {
  let lists: IdLists;
  beforeEach(() => (lists = new IdLists()));

  const idsIn = (body: string): readonly string[] => parsePushRequest(Buffer.from(body), lists).connectionIds;
  const bodyFor = (secConnectionIDs: readonly string[], more: object = {}): string =>
    JSON.stringify({ websocket: { ...message, secConnectionIDs, ...more } });

  it('is the same array when the same list comes again, whatever is around it', () => {
    const first = idsIn(bodyFor(ids));
    expect(first).toEqual(ids);
    expect(idsIn(bodyFor(ids, { data: 'something else' }))).toBe(first);
    const list = JSON.stringify(ids);
    const spaced = `{"websocket": {"secConnectionIDs" : \n${list} , "action": "closing"}}`;
    expect(idsIn(spaced)).toBe(first);
  });

  it('is another one when a single id differs, or their number', () => {
    idsIn(bodyFor(ids));
    const changed = [...ids.slice(0, 49), others[49]!];
    expect(idsIn(bodyFor(changed))).toEqual(changed);
    expect(idsIn(bodyFor(ids.slice(0, 40)))).toEqual(ids.slice(0, 40));
    expect(idsIn(bodyFor(ids))).toEqual(ids);
  });

  it('is read like the rest of the body wherever the name stands', () => {
    const list = JSON.stringify(ids);
    const other = JSON.stringify(others);
    const websocket = '"action":"data send","dataType":"text"';
    const escaped = '"sec\\u0043onnectionIDs"';
    const bodies = [
      `{"websocket":{${websocket},"data":"\\"secConnectionIDs\\":${list.replaceAll('"', '\\"')}","secConnectionIDs":${list}}}`,
      `{"secConnectionIDs":${other},"websocket":{${websocket},"data":"x",${escaped}:${list}}}`,
      `{"websocket":{${websocket},"data":"x","secConnectionIDs":${other},${escaped}:${list}}}`,
      `{"websocket":{${websocket},"data":"x",${escaped}:${other},"secConnectionIDs":${list}}}`,
      `{"websocket":{${websocket},"data":"x","secConnectionIDs":${other},"secConnectionIDs":${list}}}`,
      `{"websocket":{${websocket},"data":"x","secConnectionIDs":${list},"more":{"secConnectionIDs":${other}}}}`,
    ];
    for (const body of bodies) {
      for (let times = 0; times < 2; times++) expect(idsIn(body)).toEqual(ids);
    }
  });

  it.each([
    ['an id that is none', [...ids, 'a b'], 'secConnectionIDs'],
    ['an id that is no string', [...ids, 1], 'secConnectionIDs'],
    ['a list in a list', [ids, ...ids], 'secConnectionIDs'],
    ['a bracket in an id', [...ids, ']'], null],
    ['more than 10,000', Array.from({ length: 10_001 }, () => 'a'), '10000'],
  ])('is taken or refused as ever with %s, the second time, too', (_, list, problem) => {
    const body = bodyFor(list as readonly string[]);
    for (let times = 0; times < 2; times++) {
      if (problem === null) expect(idsIn(body)).toEqual(list);
      else expect(() => idsIn(body)).toThrow(problem);
    }
  });

  it.each(['0', '1', '""', 'null', '"00000000-0000-4000-8000-000000000000"'])(
    'is not put in the place of something else that stands under its name: %s',
    (value) => {
      const elsewhere = `"secConnectionIDs":${JSON.stringify(ids)}`;
      const body = `{${elsewhere},"websocket":{"action":"closing","sec\\u0043onnectionIDs":${value}}}`;
      expect(() => idsIn(body)).toThrow('secConnectionIDs must be a list');
    },
  );

  it('is refused when the rest is no JSON, though the list is known', () => {
    const body = bodyFor(ids);
    idsIn(body);
    expect(() => idsIn(body.slice(0, -1))).toThrow('JSON');
    expect(() => idsIn(body.replace('"data":', '"data"'))).toThrow('JSON');
  });

  it('is refused as a single id besides a list', () => {
    expect(() => idsIn(bodyFor(ids, { secConnectionID: 'a' }))).toThrow('either');
  });

  it('is forgotten when others take its place: 4 MiB are kept', () => {
    const first = idsIn(bodyFor(ids));
    for (let n = 0; n < 10; n++) {
      idsIn(bodyFor(Array.from({ length: 10_000 }, (_, id) => `${n}-${id}`.padStart(44, '0'))));
    }
    const again = idsIn(bodyFor(ids));
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
    expect(idsIn(bodyFor(ids))).toBe(again);
  });
});

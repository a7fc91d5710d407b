import { auditReceipts } from './audit';
import type { Attendance, Message, Receipt, Said } from './records';
import { judge } from './verdict';

const FAULT_AT = 1_000;

/** What `from` said as its `n`th, known by the same object to all who heard it. */
const message = (from: string, n: number, lastArrivalAt = 20): Message => ({
  messageId: `${from}-${n}`,
  from,
  n,
  arrivals: 1,
  lastArrivalAt,
});
const acknowledged = (from: string, n: number, sentAt = 10): Said => ({
  n,
  sentAt,
  answer: { acknowledged: true, text: `${from}-${n}`, at: sentAt + 5 },
});
const refused = (n: number, sentAt = 10): Said => ({
  n,
  sentAt,
  answer: { acknowledged: false, text: 'queue_unavailable', at: sentAt + 5 },
});
const client = (id: string, more: Partial<Attendance> = {}): Attendance => ({
  id,
  openedAt: 0,
  closedAt: null,
  hasLeft: false,
  heard: [],
  said: [],
  ...more,
});
const [zero, one, two] = [message('ann', 0), message('ann', 1), message('ann', 2)];
const ann = client('ann', { said: [acknowledged('ann', 0), acknowledged('ann', 1), acknowledged('ann', 2)] });

describe('the verdict on what clients sent and heard', () => {
  it('finds nothing wrong when everybody else heard everything in order', () => {
    const verdict = judge([ann, client('bob', { heard: [zero, one, two] })], FAULT_AT);
    expect(verdict).toMatchObject({
      sent: 3,
      acknowledged: 3,
      expected: 3,
      received: 3,
      lost: 0,
      duplicated: 0,
      outOfOrder: 0,
      unanswered: 0,
      recoveredAfterMs: 0,
      examples: [],
    });
  });

  it('counts as lost what was acknowledged and did not arrive at somebody', () => {
    const verdict = judge([ann, client('bob', { heard: [zero, two] }), client('cid', { heard: [zero] })], 0);
    expect(verdict).toMatchObject({ expected: 6, received: 3, lost: 3 });
    expect(verdict.examples[0]).toBe('lost: bob did not get ann-1 (1 of ann)');
  });

  it('expects nothing of connections that came later or ended before the end', () => {
    const later = client('bob', { openedAt: 11 });
    const gone = client('cid', { closedAt: 2_000 });
    expect(judge([ann, later, gone], 0)).toMatchObject({ expected: 0, lost: 0, closed: 1 });
    expect(judge([ann, client('cid', { closedAt: 2_000, hasLeft: true })], 0).closed).toBe(0);
  });

  it('counts as duplicated what one connection heard twice, whether it stayed open or not', () => {
    const bob = client('bob', { heard: [zero, one, zero, two] });
    const cid = client('cid', { heard: [zero, zero], closedAt: 2_000 });
    expect(judge([ann, bob, cid], 0)).toMatchObject({ duplicated: 2, outOfOrder: 0, lost: 0 });
  });

  it('counts as out of order what came after something that the same sender said later', () => {
    expect(judge([ann, client('bob', { heard: [zero, two, one] })], 0)).toMatchObject({ outOfOrder: 1 });
    const again = { ...one, messageId: 'another id' };
    expect(judge([ann, client('bob', { heard: [zero, one, again, two] })], 0).outOfOrder).toBe(1);
    const others = [message('dan', 1), zero, message('dan', 2), one, two];
    expect(judge([ann, client('bob', { heard: others })], 0).outOfOrder).toBe(0);
  });

  it('demands an answer for everything on connections that stayed open, and nobody’s delivery without one', () => {
    const silent: Said = { n: 0, sentAt: 10, answer: null };
    const dan = client('dan', { said: [silent, refused(1)] });
    const left = client('eve', { said: [silent], closedAt: 20 });
    expect(judge([dan, left, client('bob')], 0)).toMatchObject({
      sent: 3,
      refused: 1,
      unanswered: 1,
      expected: 0,
      lost: 0,
    });
  });

  it('says how long an answer took, from when those before were answered', () => {
    const said = [acknowledged('ann', 0, 10), acknowledged('ann', 1, 11), refused(2, 12)];
    const answers = said.map((one, index) => ({
      ...one,
      answer: one.answer && { ...one.answer, at: [100, 300, 350][index] ?? 0 },
    }));
    expect(judge([client('ann', { said: answers })], 0).slowestAnswerMs).toBe(200);
  });

  it('says when the last broadcast was refused or held up', () => {
    const held = message('ann', 0, 3_500);
    const listener = client('bob', { heard: [held] });
    const speaker = client('ann', { said: [acknowledged('ann', 0, 2_000), refused(1, 2_500)] });
    expect(judge([speaker, listener], FAULT_AT).recoveredAfterMs).toBe(2_500);
  });
});

describe('the audit of receipts', () => {
  const receipt = (id: string, more: Partial<Receipt> = {}): Receipt => ({
    broadcastId: id,
    lanes: 8,
    lanesReported: 8,
    recipients: 2,
    delivered: 2,
    gone: 0,
    slow: 0,
    failed: 0,
    pending: 0,
    ...more,
  });
  const speaker = client('ann', { said: [acknowledged('ann', 0)] });
  const crowd = [speaker, client('bob', { heard: [zero] }), client('cid', { heard: [zero] })];

  it('finds nothing wrong with receipts that say what clients say', () => {
    expect(auditReceipts(crowd, [receipt('ann-0')])).toEqual([]);
    expect(auditReceipts(crowd, [receipt('ann-0', { recipients: 3, gone: 1 })])).toEqual([]);
  });

  it.each([
    ['too many were delivered', { recipients: 3, delivered: 3 }],
    ['too few were delivered', { delivered: 1, gone: 1 }],
    ['some are pending', { recipients: 3, pending: 1 }],
    ['some failed', { recipients: 3, failed: 1 }],
    ['some were slow', { recipients: 3, slow: 1 }],
    ['somebody is missing', { recipients: 3 }],
    ['a lane did not report', { lanesReported: 7 }],
  ])('finds that %s', (_, wrong) => {
    expect(auditReceipts(crowd, [receipt('ann-0', wrong)])).toHaveLength(1);
  });

  it('allows that not every lane has a broadcast that was refused', () => {
    const dan = client('dan', { said: [refused(0)] });
    const heard = [message('dan', 0)];
    const receipts = [receipt('dan-0', { lanesReported: 2, recipients: 1, delivered: 1 })];
    expect(auditReceipts([dan, client('bob', { heard }), client('cid')], receipts)).toEqual([]);
    expect(auditReceipts([dan, client('bob', { heard }), client('cid', { heard })], receipts)).toHaveLength(
      1,
    );
  });

  it('finds broadcasts without a receipt', () => {
    expect(auditReceipts([speaker], [])).toEqual(['ann-0 was acknowledged and has no receipt']);
    expect(auditReceipts([client('bob', { heard: [zero] })], [])).toEqual([
      'ann-0 arrived and has no receipt',
    ]);
    expect(auditReceipts([], [receipt('ann-0', { recipients: 0, delivered: 0 })])).toEqual([]);
  });

  it('allows that a connection which is closed by now was counted or not', () => {
    const left = [...crowd, client('dan', { heard: [zero], closedAt: 30, hasLeft: true })];
    expect(auditReceipts(left, [receipt('ann-0')])).toEqual([]);
    expect(auditReceipts(left, [receipt('ann-0', { recipients: 3, delivered: 3 })])).toEqual([]);
    expect(auditReceipts(left, [receipt('ann-0', { recipients: 4, delivered: 4 })])).toHaveLength(1);
  });
});

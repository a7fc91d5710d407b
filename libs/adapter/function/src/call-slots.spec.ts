import { CallSlots } from './call-slots';

describe('CallSlots', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** Takes slots, and tells which of them were given so far. */
  const taking = (slots: CallSlots, count: number): (boolean | null)[] => {
    const given = Array.from({ length: count }, (): boolean | null => null);
    for (let n = 0; n < count; n++) void slots.take().then((hasSlot) => (given[n] = hasSlot));
    return given;
  };
  const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

  it('gives as many as there are, and the next in the order in which they were asked for', async () => {
    const slots = new CallSlots(2);
    const given = taking(slots, 4);
    await settle();
    expect(given).toEqual([true, true, null, null]);
    slots.free();
    await settle();
    expect(given).toEqual([true, true, true, null]);
    slots.free();
    await settle();
    expect(given).toEqual([true, true, true, true]);
    expect(jest.getTimerCount()).toBe(0);
    const further = taking(slots, 1);
    await settle();
    expect(further).toEqual([null]);
  });

  it('lets nobody wait for longer than a second, nor gives a slot to one who left', async () => {
    const slots = new CallSlots(1);
    const given = taking(slots, 2);
    await jest.advanceTimersByTimeAsync(999);
    expect(given).toEqual([true, null]);
    await jest.advanceTimersByTimeAsync(1);
    expect(given).toEqual([true, false]);
    slots.free();
    expect(await slots.take()).toBe(true);
    expect(taking(slots, 1)).toEqual([null]);
  });

  it('lets 1,024 wait', async () => {
    const slots = new CallSlots(1);
    const given = taking(slots, 1_026);
    await settle();
    expect([given.filter((hasSlot) => hasSlot === null).length, given.at(-1)]).toEqual([1_024, false]);
  });
});

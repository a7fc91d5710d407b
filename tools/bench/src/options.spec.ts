import type { BenchCase } from './bench';
import { helpOf, parseOptions } from './options';

const cases: BenchCase[] = ['scale', 'consumers'].map((name) => ({
  name,
  about: `about ${name}`,
  run: async () => [],
}));

describe('the options', () => {
  it('are every case on RabbitMQ when nothing is said', () => {
    expect(parseOptions([], cases)).toEqual({
      cases,
      help: false,
      json: null,
      check: false,
      from: null,
      plots: null,
      queue: 'amqp',
      profile: null,
    });
  });

  it('are what is said', () => {
    const files = ['--json', 'rows.json', '--from', 'before.json', '--plots', 'drawn'];
    const args = ['consumers', '--check', '--queue', 'database', '--profile', 'there'];
    expect(parseOptions([...args, ...files], cases)).toEqual({
      cases: [cases[1]],
      help: false,
      json: 'rows.json',
      check: true,
      from: 'before.json',
      plots: 'drawn',
      queue: 'database',
      profile: 'there',
    });
  });

  it.each([
    [['fanout'], 'there is no case called fanout'],
    [['--queue', 'kafka'], '--queue must be amqp or database'],
    [['--fast'], "Unknown option '--fast'"],
  ])('are refused where they mean nothing: %j', (args, message) => {
    expect(() => parseOptions(args, cases)).toThrow(message);
  });

  it('are explained, with every case', () => {
    expect(helpOf(cases)).toMatch(/scale +about scale\n +consumers +about consumers/);
  });
});

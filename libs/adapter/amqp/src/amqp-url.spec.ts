import { describeAmqp, parseAmqpUrl } from './amqp-url';

describe('an AMQP URL', () => {
  it.each([
    ['amqp://ann:pass@host', { host: 'host', port: 5672, vhost: '/' }],
    ['amqp://ann:pass@host/', { host: 'host', port: 5672, vhost: '/' }],
    ['amqp://ann:pass@host:1234/%2F', { host: 'host', port: 1234, vhost: '/' }],
    ['amqp://ann:pass@host/live', { host: 'host', port: 5672, vhost: 'live' }],
    ['amqp://ann:pass@[::1]/a%2Fb%25', { host: '::1', port: 5672, vhost: 'a/b%' }],
    ['amqps://ann:pass@host/live', { protocol: 'amqps', host: 'host', port: 5671, vhost: 'live' }],
  ])('is read: %s', (value, expected) => {
    expect(parseAmqpUrl(value)).toEqual({ protocol: 'amqp', user: 'ann', password: 'pass', ...expected });
  });

  it('has its user and password percent-encoded', () => {
    expect(parseAmqpUrl('amqp://a%40b:%2F%3A%25%C3%A9@host')).toMatchObject({
      user: 'a@b',
      password: '/:%é',
    });
    expect(parseAmqpUrl('amqp://ann@host')).toMatchObject({ user: 'ann', password: '' });
  });

  it.each([
    ['', 'must be amqp://'],
    ['http://ann:secret@host', 'must be amqp://'],
    ['amqp:ann:secret@host', 'must be amqp://'],
    ['amqp://ann:sec/ret@host', 'must be amqp://'],
    ['amqp://ann:secret@host:99999', 'must be amqp://'],
    ['amqp://host', 'user and a host'],
    ['amqp://ann:secret@/', 'must be amqp://'],
    ['amqp://ann:secret@host/a/b', 'one vhost'],
    ['amqp://ann:secret@host/?heartbeat=1', 'without parameters'],
    ['amqp://ann:secret@host/#x', 'without parameters'],
    ['amqp://ann:secret%@host/', 'percent-encode'],
  ])('is refused without being repeated: %s', (value, message) => {
    expect(() => parseAmqpUrl(value)).toThrow(message);
    expect(() => parseAmqpUrl(value)).not.toThrow(/sec/);
  });

  it('is named without user and password', () => {
    expect(describeAmqp(parseAmqpUrl('amqps://ann:secret@host/%2F'))).toBe('amqps://host:5671/%2F');
    expect(describeAmqp(parseAmqpUrl('amqp://ann:secret@[::1]/live'))).toBe('amqp://[::1]:5672/live');
  });
});

import { clientAddress } from './client-address';

describe('what counts as one client', () => {
  it.each([
    ['10.0.2.14', '10.0.2.14'],
    ['::ffff:10.0.2.14', '10.0.2.14'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::5:6:7:8:9', '2001:db8:0:5::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::10.0.2.14', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:10.0.2.14', '1:2:3:4::/64'],
  ])('of %s is %s', (sourceIp, client) => {
    expect(clientAddress(sourceIp)).toBe(client);
  });

  it.each([
    '',
    'unknown',
    '10.0.2.14:80',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8:9::',
    ':',
    '1:2:3:4:5',
  ])('is %j itself, which is no address', (sourceIp) => {
    expect(clientAddress(sourceIp)).toBe(sourceIp);
  });
});

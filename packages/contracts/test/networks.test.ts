import { networksOf, refusalOf } from '../src/index';

describe('an address that something is to be sent to', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.8.8.8'],
    ['IPv6 loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['IPv6 unspecified', '::'],
    ['private, 10/8', '10.1.2.3'],
    ['private, 172.16/12', '172.31.255.255'],
    ['private, 192.168/16', '192.168.0.1'],
    ["a cloud's metadata, link-local", '169.254.169.254'],
    ["a provider's NAT", '100.64.0.1'],
    ['IPv6 unique local', 'fd00::1'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6, in hexadecimal', '::ffff:7f00:1'],
    ['IPv4 in IPv6, as it was once', '::7f00:1'],
    ['IPv6 that nobody has', '4000::1'],
    ['IPv4 by NAT64', '64:ff9b::7f00:1'],
    ['IPv4 by 6to4', '2002:7f00:1::'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '192.0.2.1'],
    ['no address', 'example.com'],
  ])('is refused: %s', (_, address) => {
    expect(refusalOf(address, 'https:', [])).toContain(address);
  });

  it('may be public, by https only', () => {
    expect(refusalOf('93.184.216.34', 'https:', [])).toBeNull();
    expect(refusalOf('2606:2800:220:1:248:1893:25c8:1946', 'https:', [])).toBeNull();
    expect(refusalOf('93.184.216.34', 'http:', [])).toBe('93.184.216.34 is public, and gets nothing by http');
  });

  it('may be in a network that is allowed, by either', () => {
    const allowed = networksOf('10.1.0.0/16, ::1, 127.0.0.1', 'ALLOWED');

    for (const address of ['10.1.2.3', '::1', '127.0.0.1', '::ffff:10.1.2.3']) {
      expect(refusalOf(address, 'http:', allowed)).toBeNull();
    }
    expect(refusalOf('10.2.0.1', 'http:', allowed)).toMatch(/not a public address \(private\)/);
    expect(refusalOf('127.0.0.2', 'https:', allowed)).toMatch(/loopback/);
  });
});

describe('networks', () => {
  it('are none without a text', () => {
    expect(networksOf(undefined, 'ALLOWED')).toEqual([]);
  });

  it.each(['10.0.0.0/33', 'intranet', '10.0.0', '1.2.3.4/a'])('are refused as %s', (text) => {
    expect(() => networksOf(text, 'ALLOWED')).toThrow(`ALLOWED has "${text}"`);
  });
});

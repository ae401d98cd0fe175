import { networksOf } from '@bridgecore/contracts';
import { assertReachable } from '../src/subscriptions/receiver-url';

const check =
  (url: string, allowed = '') =>
  () =>
    assertReachable(url, networksOf(allowed, 'ALLOWED'));

describe('a URL of a receiver', () => {
  it.each([
    ['a name', 'https://shop.example.com/hooks'],
    ['a name that only looks like localhost', 'https://localhost.example.com'],
    ['a public address', 'https://8.8.8.8:8443/'],
    ['a public address of IPv6', 'https://[2606:4700::1111]/'],
  ])('is taken: %s', (_, url) => {
    expect(check(url)).not.toThrow();
  });

  it.each([
    ['http', 'http://shop.example.com', /must be https/],
    ['loopback', 'https://127.0.0.1/', /127.0.0.1 is not a public address \(loopback\)/],
    ['loopback in hex', 'https://0x7f.1/', /127.0.0.1 is not a public address/],
    ['loopback as a number', 'https://2130706433/', /127.0.0.1/],
    ['loopback with a dot', 'https://127.0.0.1./', /127.0.0.1/],
    ['loopback within IPv6', 'https://[::ffff:127.0.0.1]/', /loopback/],
    ['loopback of IPv6', 'https://[::1]/', /loopback/],
    ['localhost', 'https://localhost:8443/', /127.0.0.1/],
    ['LOCALHOST with a dot', 'https://LOCALHOST./', /127.0.0.1/],
    ['a name below localhost', 'https://shop.localhost/', /127.0.0.1/],
    ['a private network', 'https://10.1.2.3/', /private/],
    ['the metadata of a cloud', 'https://169.254.169.254/latest', /linkLocal/],
  ])('is refused: %s', (_, url, problem) => {
    expect(check(url)).toThrow(problem);
  });

  it.each([
    ['a private address', 'http://10.1.2.3/', '10.1.0.0/16'],
    ['a name by http, which may be there', 'http://shop.internal/', '10.1.0.0/16'],
    ['localhost', 'http://localhost:9000/', '127.0.0.1'],
    ['localhost by IPv6 alone', 'http://localhost:9000/', '::1'],
  ])('is taken where the network is allowed: %s', (_, url, allowed) => {
    expect(check(url, allowed)).not.toThrow();
  });

  it.each([
    ['another private address', 'https://10.2.2.3/'],
    ['a public address by http', 'http://8.8.8.8/'],
  ])('is refused where another network is allowed: %s', (_, url) => {
    expect(check(url, '10.1.0.0/16')).toThrow();
  });
});

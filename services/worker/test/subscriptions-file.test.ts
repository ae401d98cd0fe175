import { BridgeError } from '@bridgecore/contracts';
import { subscriptionsOf } from '../src/notify/subscriptions-file';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const ENV = { SHOP_SECRET: SECRET, SHOP_HOST: 'shop.example' };
const of = (text: string, settings: object = { SECRET_KEYS_FILE: 'keys.json' }) =>
  subscriptionsOf({ SUBSCRIPTIONS_FILE: 'subs.yaml', ...settings }, () => text, ENV);
const SHOP = 'name: shop, url: "https://shop.example/hooks", secrets: ["${SHOP_SECRET}"]';

describe('the subscriptions file', () => {
  it('declares subscriptions in YAML or JSON, with what holds by default', () => {
    const [shop] = of(`subscriptions:\n  - {${SHOP}}`) ?? [];
    const [json] =
      of(
        JSON.stringify({
          subscriptions: [
            {
              ...{ name: 'crm', url: 'https://${SHOP_HOST}/a', filter: { models: ['crm.lead'] }, body: 'changed' },
              ...{ ordered: true, rate_per_minute: 60, secrets: ['${SHOP_SECRET}'] },
            },
          ],
        }),
      ) ?? [];

    expect(shop).toEqual({
      ...{ name: 'shop', url: 'https://shop.example/hooks', filter: {}, body: 'recorded', ordered: false },
      ...{ rate_per_minute: null, secrets: [SECRET] },
    });
    expect(json).toMatchObject({ url: 'https://shop.example/a', body: 'changed', ordered: true, rate_per_minute: 60 });
  });

  it('says nothing when there is none, and that there are none when it is empty', () => {
    expect(of('', { SUBSCRIPTIONS_FILE: undefined })).toBeUndefined();
    expect(of('subscriptions: []', {})).toEqual([]);
  });

  it.each([
    ['no list', 'subscriptions: {shop: 1}', /subs\.yaml must hold a list under "subscriptions", and nothing else\.$/],
    ['something else', 'subscriptions: []\nsubscription: []', /and nothing else/],
    ['no YAML', 'subscriptions: [', /is neither JSON nor YAML/],
    [
      'a misspelt field',
      `subscriptions: [{${SHOP}, filters: {}}]`,
      /subscription "shop" is wrong: filters is not known here/,
    ],
    [
      'a misspelt filter',
      `subscriptions: [{${SHOP}, filter: {model: [a]}}]`,
      /"shop" is wrong: filter\.model is not known/,
    ],
    ['no object', 'subscriptions: [shop]', /subscription 1 is wrong: Expected a JSON object/],
    [
      'no secret',
      'subscriptions: [{name: shop, url: "https://a.example"}]',
      /"shop" must have at least one of "secrets"/,
    ],
    [
      'a secret that is none',
      'subscriptions: [{name: shop, url: "https://a.example", secrets: [abc]}]',
      /"shop" is wrong: secrets must be whsec_/,
    ],
    [
      'a variable that is not set',
      `subscriptions: [{${SHOP.replace('SHOP_S', 'NO_S')}}]`,
      /"shop" names what is not there: NO_SECRET must be set/,
    ],
    ['a name twice', `subscriptions: [{${SHOP}}, {${SHOP}}]`, /subscription "shop" is declared twice/],
    ['more than there may be', `subscriptions: [${'1,'.repeat(201)}]`, /at most 200 subscriptions; it has 201/],
  ])('is refused with %s, and why is said', (_, text, problem) => {
    expect(() => of(text)).toThrow(problem);
    expect(() => of(text)).toThrow(BridgeError);
  });

  it('tells all that is wrong at once, and nothing of a secret', () => {
    const text = `subscriptions: [{name: one, url: ftp://a, secrets: [whsec_private!]}, {name: two, colour: red}]`;

    const told = (() => {
      try {
        return of(text, {});
      } catch (error) {
        return (error as Error).message;
      }
    })();

    expect(told).toMatch(
      /"one" is wrong: url must be an https .*\n.*"two" is wrong: colour .*\n.*needs SECRET_KEYS_FILE/,
    );
    expect(told).not.toContain('private');
  });
});

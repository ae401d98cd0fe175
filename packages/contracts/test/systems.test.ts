import { parse } from '../src/parse';
import { OdooSettings, publicUrl, systemsOf } from '../src/systems';

const none = (): string => '';
const settings = (given: object): OdooSettings => parse(OdooSettings, given, 'CONFIG_INVALID');

describe('systemsOf', () => {
  it('is one Odoo when ODOO_URL is set, and none without it', () => {
    expect(systemsOf(settings({ ODOO_URL: 'http://odoo:8069/' }), none)).toEqual([
      {
        ...{ id: 'odoo', url: 'http://odoo:8069', webhook_api_key: '${ODOO_WEBHOOK_API_KEY}' },
        ...{ sync_interval_seconds: 30, sync_batch_size: 100 },
      },
    ]);
    expect(systemsOf(settings({}), none)).toEqual([]);
  });

  it('reads several from a file, in YAML or JSON, with defaults for what it leaves out', () => {
    const yaml = `systems:
      - {id: paris, url: "https://paris.example.test", webhook_api_key: "\${PARIS_KEY}", sync_interval_seconds: 5}
      - {id: lyon, url: "https://lyon.example.test", webhook_api_key: x}`;
    const json = JSON.stringify({ systems: [{ id: 'lyon', url: 'https://lyon.example.test', webhook_api_key: 'x' }] });
    const file = settings({ SYSTEMS_FILE: 'systems.yaml', ODOO_SYNC_BATCH_SIZE: '500' });

    const [paris, lyon] = systemsOf(file, () => yaml);

    expect(paris).toMatchObject({ id: 'paris', webhook_api_key: '${PARIS_KEY}', sync_interval_seconds: 5 });
    expect(lyon).toMatchObject({ id: 'lyon', sync_interval_seconds: 30, sync_batch_size: 500 });
    expect(systemsOf(file, () => json)).toEqual([lyon]);
  });

  it.each([
    [
      'a system twice',
      'systems: [{id: a, url: "http://a", webhook_api_key: k}, {id: a, url: "http://b", webhook_api_key: k}]',
      /must not name a system twice/,
    ],
    ['an id that is no id', 'systems: [{id: "A B", url: "http://a"}]', /lower-case letters/],
    ['a page size of 0', 'systems: [{id: a, url: "http://a", sync_batch_size: 0}]', /sync_batch_size/],
    ['a system without a key', 'systems: [{id: a, url: "http://a"}]', /webhook_api_key must be a string/],
    [
      'a misspelt name',
      'systems: [{id: a, url: "http://a", webhook_api_key: k, sync_interval_second: 1}]',
      /has "sync_interval_second"/,
    ],
    ['no list', 'systems: 5', /SYSTEMS_FILE f must hold a list/],
    ['no YAML', 'systems: [', /neither JSON nor YAML/],
  ])('refuses a file with %s', (_, text, message) => {
    expect(() => systemsOf(settings({ SYSTEMS_FILE: 'f' }), () => text)).toThrow(message);
  });

  it('refuses one Odoo and several at the same time', () => {
    expect(() => systemsOf(settings({ SYSTEMS_FILE: 'f', ODOO_URL: 'http://a' }), none)).toThrow(/not both/);
  });
});

describe('publicUrl', () => {
  it.each([
    ['http://odoo:8069', 'http://odoo:8069'],
    ['https://user:pass@odoo.example.com/erp/?token=x#y', 'https://odoo.example.com/erp'],
    ['http://odoo_1:8069/', 'http://odoo_1:8069'],
  ])('of %s is %s', (url, shown) => {
    expect(publicUrl(url)).toBe(shown);
  });
});

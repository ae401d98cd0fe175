import { syncModelsOf } from '../src/sync-models';

describe('the models of a sync', () => {
  it('are the defaults without a file', () => {
    const models = syncModelsOf(undefined);

    expect(models.get('product.template')).toEqual({
      ...{ naturalKeys: [['default_code']], exclude: new Set(), isWritten: true },
    });
    expect(models.get('res.country')).toMatchObject({ naturalKeys: [['code']], isWritten: false });
    expect(models.has('res.users')).toBe(false);
  });

  it('are those of the file over the defaults, in YAML or JSON', () => {
    const yaml = `models:
      res.partner: { natural_key: [[vat, is_company], email], exclude: [lang] }
      account.tax: { natural_key: [name], write: false }
      uom.uom: null`;

    const models = syncModelsOf(yaml);

    expect(models.get('res.partner')).toEqual({
      ...{ naturalKeys: [['vat', 'is_company'], ['email']], exclude: new Set(['lang']), isWritten: true },
    });
    expect(models.get('account.tax')).toMatchObject({ isWritten: false });
    expect(models.has('uom.uom')).toBe(false);
    expect(models.has('product.category')).toBe(true);
    expect(syncModelsOf('{"models": {"a.b": {}}}').get('a.b')).toMatchObject({ naturalKeys: [], isWritten: true });
  });

  it.each([
    ['no models', 'model: {}', /must hold models/],
    ['no YAML', 'models: [', /neither JSON nor YAML/],
    ['a misspelt name', 'models: {res.partner: {natural_keys: [vat]}}', /res\.partner has "natural_keys"/],
    ['a key that is no list', 'models: {res.partner: {natural_key: vat}}', /natural_key must be a list/],
    ['an empty key', 'models: {res.partner: {natural_key: [[]]}}', /natural_key must be a list/],
    ['fields that are none', 'models: {res.partner: {exclude: ["a b"]}}', /exclude must be a list of fields/],
    ['a write that is a text', 'models: {res.partner: {write: "no"}}', /write must be true or false/],
    ['nothing to seek by', 'models: {res.bank: {write: false}}', /needs a natural_key/],
  ])('are refused with %s, and why is said', (_, text, problem) => {
    expect(() => syncModelsOf(text, 'sync.yaml')).toThrow(problem);
  });
});

import { appTypesOf } from '../src/index';

const of = (text: string): ReturnType<typeof appTypesOf> => appTypesOf({ APP_TYPES_FILE: 'apps.yaml' }, () => text);

describe('the app types', () => {
  it('are five without a file, of which the manager is shown everything', () => {
    const types = appTypesOf({}, () => '');

    expect([...types.keys()]).toEqual(['sales', 'delivery', 'warehouse', 'manager', 'mobile']);
    expect(types.get('manager')).toBeNull();
    expect(types.get('sales')).toContain('sale.order');
  });

  it('are those of the file and no other, in YAML or JSON', () => {
    expect([...of('app_types:\n  field: [stock.picking, stock.picking, res.partner]\n  boss: "*"')]).toEqual([
      ['field', ['stock.picking', 'res.partner']],
      ['boss', null],
    ]);
    expect([...of('{"app_types": {"a": ["b.c"]}}')]).toEqual([['a', ['b.c']]]);
  });

  it.each([
    ['nothing under app_types', 'apps: {}', /must map names to models under "app_types"/],
    ['no type', 'app_types: {}', /must map names/],
    ['no YAML', 'app_types: [', /neither JSON nor YAML/],
    ['a name that is none', 'app_types: {"Sales App": "*"}', /has "Sales App": an app type is/],
    ['no models', 'app_types: {sales: []}', /must give "sales" a list of models/],
    ['models that are none', 'app_types: {sales: ["Sale Order"]}', /must give "sales" a list/],
    ['one model without a list', 'app_types: {sales: sale.order}', /must give "sales" a list/],
  ])('are refused with %s, and why is said', (_, text, problem) => {
    expect(() => of(text)).toThrow(problem);
  });
});

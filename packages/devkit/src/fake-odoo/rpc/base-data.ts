import type { JsonObject } from '../json-write';
import type { RpcUser } from './rpc-user';

const COUNTRIES = `AE United Arab Emirates|AR Argentina|AT Austria|AU Australia|BE Belgium|BG Bulgaria|BR Brazil|CA Canada
  |CH Switzerland|CL Chile|CN China|CO Colombia|CZ Czech Republic|DE Germany|DK Denmark|EG Egypt|ES Spain|FI Finland
  |FR France|GB United Kingdom|GR Greece|HR Croatia|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IN India|IT Italy
  |JO Jordan|JP Japan|KR South Korea|LT Lithuania|LU Luxembourg|LV Latvia|MX Mexico|NL Netherlands|NO Norway
  |NZ New Zealand|PE Peru|PL Poland|PT Portugal|RO Romania|RS Serbia|SA Saudi Arabia|SE Sweden|SG Singapore|SI Slovenia
  |SK Slovakia|TR Türkiye|UA Ukraine|US United States|ZA South Africa`;

/** What a fresh database holds: model, rows as RPC spells them, and the names of their external ids. */
export interface BaseRows {
  readonly model: string;
  readonly rows: readonly JsonObject[];
  readonly xids?: readonly string[];
}

/** Countries, currencies, the company, users, units and categories: what other records point to. No contacts. */
export function baseData(users: readonly RpcUser[]): BaseRows[] {
  const countries = COUNTRIES.split('|').map((line) => ({ code: line.slice(0, 2), name: line.slice(3).trim() }));
  return [
    { model: 'res.currency', rows: currencies(), xids: ['base.USD', 'base.EUR', 'base.GBP'] },
    { model: 'res.country', rows: countries, xids: countries.map(({ code }) => `base.${xidOf(code)}`) },
    { model: 'res.company', rows: [COMPANY], xids: ['base.main_company'] },
    { model: 'res.users', rows: userRows(users), xids: ['base.user_root', 'base.user_admin'] },
    { model: 'res.users.apikeys', rows: users.map((user) => ({ name: 'RPC', user_id: user.id, scope: 'rpc' })) },
    { model: 'uom.uom', rows: UNITS, xids: ['uom.product_uom_unit', 'uom.product_uom_dozen', 'uom.product_uom_kgm'] },
    { model: 'product.category', rows: [{ name: 'All' }], xids: ['product.product_category_all'] },
    { model: 'account.tax', rows: TAXES },
  ];
}

const COMPANY = { name: 'My Company (San Francisco)', currency_id: 1 };
const UNITS = [{ name: 'Units' }, { name: 'Dozens' }, { name: 'kg' }];
const TAXES = [
  { name: '15%', amount: 15 },
  { name: '15% Purchase', amount: 15 },
];

function currencies(): JsonObject[] {
  return [
    { name: 'USD', symbol: '$' },
    { name: 'EUR', symbol: '€' },
    { name: 'GBP', symbol: '£' },
  ];
}

function userRows(users: readonly RpcUser[]): JsonObject[] {
  const rows = new Map<number, JsonObject>([
    [1, { id: 1, name: 'OdooBot', login: '__system__', active: false, company_id: 1 }],
    [2, { id: 2, name: 'Mitchell Admin', login: 'admin', company_id: 1 }],
  ]);
  for (const { id, login, name = rows.get(id)?.['name'] ?? login, tz = false } of users)
    rows.set(id, { id, name, login, tz, company_id: 1 });
  return [...rows.values()];
}

/** Odoo calls the United Kingdom `base.uk`. */
function xidOf(code: string): string {
  return code === 'GB' ? 'uk' : code.toLowerCase();
}

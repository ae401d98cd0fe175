/** A product that is sold and bought. */
export interface Product {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly price: number;
}

/** A customer or vendor; a type and not an interface, so that it is JSON as it stands: a many2one. */
export type Partner = { readonly id: number; readonly name: string };

/** What the demo company sells from its first day on. */
export const FIRST_PRODUCTS: readonly Product[] = [
  { id: 51, code: 'DESK0005', name: 'Customizable Desk (Custom, White)', price: 750 },
  { id: 52, code: 'DESK0006', name: 'Customizable Desk (Custom, Black)', price: 750 },
  { id: 16, code: 'E-COM06', name: 'Corner Desk Right Sit', price: 147 },
  { id: 17, code: 'E-COM07', name: 'Large Cabinet', price: 320 },
  { id: 21, code: 'FURN_7777', name: 'Office Chair', price: 70 },
  { id: 23, code: 'FURN_0096', name: 'Acoustic Bloc Screen', price: 295 },
  { id: 27, code: 'FURN_8522', name: 'Table Top', price: 380.5 },
  { id: 31, code: 'E-COM12', name: 'Conference Chair – Réunion', price: 33.25 },
];

/** Who buys and sells from the first day on. */
export const FIRST_PARTNERS: readonly Partner[] = [
  { id: 15, name: 'Azure Interior' },
  { id: 10, name: 'Deco Addict' },
  { id: 11, name: 'Gemini Furniture' },
  { id: 12, name: 'Ready Mat' },
  { id: 14, name: 'The Jackson Group' },
  { id: 16, name: 'Lumber Inc' },
  { id: 62, name: 'شركة الأفق للتجارة – Café Ünïcode ☕' },
];

/** Parts of names for new partners. */
export const FAMILY_NAMES = [
  'Al-Hakim', 'Bergström', 'Castellanos', 'Dąbrowski', 'Eriksen', 'Fontaine', 'García', 'Hoffmann', 'Ito', 'Kowalska',
  'Laurent', 'Müller', 'Nováková', 'O’Brien', 'Petrov', 'Rossi', 'Santos', 'Tanaka', 'Ünal', 'Vasquez', 'الخطيب', '山田',
]; // prettier-ignore

/** What a company does, for the second half of its name. */
export const TRADES = [
  'Furniture',
  'Interiors',
  'Office Supply',
  'Trading',
  'Wood & Sons',
  'Logistics',
  'Studio',
  '☕ Café',
];

export const CITIES = ['Lyon', 'Reno', 'Austin', 'Málaga', 'Köln', 'Kraków', 'Osaka', 'Amman', 'São Paulo', 'Göteborg'];

export const STREETS = ['1 "Main" St', '24 Harbour Rd', 'Lindenstraße 7', 'Calle Mayor 12', 'شارع الملك 5'];

/** Parts of names for new products. */
export const MATERIALS = ['Oak', 'Walnut', 'Steel', 'Glass', 'Bamboo', 'Café', 'Linen'];

export const THINGS = ['Desk Lamp ☀', 'Bookcase', 'Drawer', 'Stool', 'Whiteboard', 'Monitor Arm', 'Coat Rack'];

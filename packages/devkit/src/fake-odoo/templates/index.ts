import type { JsonObject } from '../json-write';
import { ACCOUNT_MOVE } from './account-move';
import { ACCOUNT_PAYMENT } from './account-payment';
import { HR_EMPLOYEE } from './hr-employee';
import { PRODUCT_CATEGORY } from './product-category';
import { PRODUCT_TEMPLATE } from './product-template';
import { PURCHASE_ORDER } from './purchase-order';
import { RES_PARTNER } from './res-partner';
import { SALE_ORDER } from './sale-order';
import { STOCK_MOVE } from './stock-move';
import { STOCK_PICKING } from './stock-picking';

/** What a new record of each model holds, from the captures; a model without one starts with no fields of its own. */
export const TEMPLATES: Readonly<Record<string, JsonObject>> = {
  'account.move': ACCOUNT_MOVE,
  'account.payment': ACCOUNT_PAYMENT,
  'hr.employee': HR_EMPLOYEE,
  'product.category': PRODUCT_CATEGORY,
  'product.template': PRODUCT_TEMPLATE,
  'purchase.order': PURCHASE_ORDER,
  'res.partner': RES_PARTNER,
  'sale.order': SALE_ORDER,
  'stock.move': STOCK_MOVE,
  'stock.picking': STOCK_PICKING,
};

export { NONE } from './template';

import type { ModelSpec } from '../fields';
import { BASE_SPECS } from './base';
import { RES_PARTNER, RES_PARTNER_CATEGORY } from './partner';
import { PRODUCT_CATEGORY, PRODUCT_TEMPLATE } from './product';
import { SALES_SPECS } from './sales';

/** The models with a definition; others have what their template shows. */
export const MODEL_SPECS: Readonly<Record<string, ModelSpec>> = {
  ...BASE_SPECS,
  ...SALES_SPECS,
  'res.partner': RES_PARTNER,
  'res.partner.category': RES_PARTNER_CATEGORY,
  'product.template': PRODUCT_TEMPLATE,
  'product.category': PRODUCT_CATEGORY,
};

import { accessError, type OdooError } from './odoo-error';
import type { Model } from './models';
import type { RpcUser } from './rpc-user';

/** What a method does with records, as access rights distinguish it. */
export type Operation = 'read' | 'create' | 'write' | 'unlink';

const VERBS = { read: 'access', create: 'create', write: 'modify', unlink: 'delete' } as const;

// As captured; which groups a real database names depends on what is installed.
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'account.move read': [
    'Expenses/Team Approver',
    'Invoicing/Administrator',
    'Invoicing/Invoicing',
    'Purchase/User',
    'Sales/User: Own Documents Only',
    'Technical/Show Accounting Features - Readonly',
    'User types/Portal',
  ],
  'sale.order create': ['Sales/Administrator', 'Sales/User: Own Documents Only'],
};

export function mayDo({ mayNotRead, mayNotWrite }: RpcUser, model: string, operation: Operation): boolean {
  if (operation === 'read') return mayNotRead?.includes(model) !== true;
  return mayNotWrite?.includes(model) !== true;
}

/** `rpc-access-error-create`, `rpc-access-error-read`. */
export function refusal({ name, label }: Model, operation: Operation): OdooError {
  const groups = GROUPS[`${name} ${operation}`] ?? ['Administration/Settings'];
  return accessError(
    `You are not allowed to ${VERBS[operation]} '${label}' (${name}) records.\n\n` +
      `This operation is allowed for the following groups:\n${groups.map((group) => `\t- ${group}\n`).join('')}\n` +
      'Contact your administrator to request access if necessary.',
  );
}

import { accessError, type OdooError } from './odoo-error';
import type { Model } from './models';
import type { RpcUser, RpcVersion } from './rpc-user';

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
  '19 account.move read': [
    'Accounting/Administrator',
    'Accounting/Invoicing',
    'Expenses/Team Approver',
    'Purchase/User',
    'Sales/User: Own Documents Only',
    'Role / Portal',
    'Show Accounting Features - Readonly',
  ],
  'sale.order create': ['Sales/Administrator', 'Sales/User: Own Documents Only'],
};

export function mayDo({ mayNotRead, mayNotWrite }: RpcUser, model: string, operation: Operation): boolean {
  if (operation === 'read') return mayNotRead?.includes(model) !== true;
  return mayNotWrite?.includes(model) !== true;
}

/** `rpc-access-error-create`, `rpc-access-error-read`. */
export function refusal({ name, label }: Model, operation: Operation, version: RpcVersion): OdooError {
  const known = GROUPS[`${version} ${name} ${operation}`] ?? GROUPS[`${name} ${operation}`];
  const groups = known ?? ['Administration/Settings'];
  return accessError(
    `You are not allowed to ${VERBS[operation]} '${label}' (${name}) records.\n\n` +
      `This operation is allowed for the following groups:\n${groups.map((group) => `\t- ${group}\n`).join('')}\n` +
      'Contact your administrator to request access if necessary.',
  );
}

/** A record rule hides one of the records from the user: all of them are refused. */
export function ruleError({ name, label }: Model): OdooError {
  return accessError(
    `Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n` +
      `Sorry, you don't have 'read' access to:\n- ${label} (${name})\n\nIf you really, really need access, perhaps you can win over your friendly administrator with a batch of freshly baked cookies.`,
  );
}

import { ApiKey, plainKey } from '../src/keys';

/** The plain keys of every test, and how the gateway keeps them. */
export const PUSH_KEY = 'push-key-of-forty-characters-0123456789ab';
export const OPERATOR_KEY = 'operator-key-of-forty-characters-01234567';

export const pushKey = (): ApiKey => plainKey('push', PUSH_KEY, ['ingest'], 'odoo');
export const operatorKey = (): ApiKey => plainKey('operator', OPERATOR_KEY, ['read', 'operate']);

import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { OdooFailure } from './odoo-failure';

/** A shorter one may be a word, and is no secret to anybody. */
const MIN_LENGTH = 8;

/** A text in which a secret is not to be read; Odoo's words go to logs, to the database and to the operators. */
export function hideSecret(text: string, secret: string): string {
  return secret.length < MIN_LENGTH ? text : text.replaceAll(secret, '(hidden)');
}

/** An answer whose words of failure do not give the secret away; its events are as they came. */
export function withoutSecret(answer: JsonRecord, secret: string): JsonRecord {
  const hide = (value: unknown): unknown => (typeof value === 'string' ? hideSecret(value, secret) : value);
  const { message, error, stats, ...rest } = answer;
  return {
    ...rest,
    ...(message === undefined ? {} : { message: hide(message) }),
    ...(error === undefined ? {} : { error: hide(error) }),
    ...(stats === undefined ? {} : { stats: isRecord(stats) ? { ...stats, error: hide(stats['error']) } : stats }),
  };
}

/** Runs a call whose failure must not tell the secret. */
export async function hidingSecret<T>(secret: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof OdooFailure) || !error.message.includes(secret)) throw error;
    throw new OdooFailure(error.trouble, hideSecret(error.message, secret), error.retryAfterSeconds);
  }
}

import { STATUS_CODES } from 'node:http';
import { FieldError } from '@bridgecore/contracts';

/** What every answer that is a failure has as its content type. */
export const PROBLEM_TYPE = 'application/problem+json';

/** A failure as the caller is told it. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

/** Of so many fields a caller is told what is wrong with them. */
const MAX_ERRORS = 20;

/** A failure's body (RFC 9457). Bounded: names in it come from the sender, and may be as long as a body. */
export function problemJson({ status, code, detail, requestId, errors = [] }: Problem): string {
  const named = errors
    .slice(0, MAX_ERRORS)
    .map(({ field, message }) => ({ field: shortened(field, 200), message: shortened(message, 500) }));
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: shortened(detail, 1_000),
    code,
    request_id: requestId,
    ...(named.length === 0 ? {} : { errors: named }),
  });
}

/** A text of at most so many characters. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

import { Response } from 'express';
import { BridgeError, invalid } from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { locals } from './locals';

/** A misspelt filter must not answer with everything. */
export function knownParameters(query: Record<string, unknown>, known: readonly string[]): Record<string, unknown> {
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length === 0) return query;
  const message = `is not a parameter here; there are ${known.join(', ') || 'none'}`;
  throw invalid(
    unknown.map((field) => ({ field: field.slice(0, 50), message })),
    'QUERY_INVALID',
  );
}

/** A key that speaks for a system sees nothing else. */
export function visibleSystem(res: Response, asked?: string): { system?: string } {
  const own = locals(res).key?.system;
  if (own !== undefined && asked !== undefined && asked !== own) {
    throw new BridgeError('FORBIDDEN', `This key sees only the system "${own}".`);
  }
  const system = own ?? asked;
  return system === undefined ? {} : { system };
}

/** Work with PostgreSQL, whose absence is told as such. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

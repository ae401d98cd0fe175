import { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** Where a page begins, and which way it goes. */
export interface PagePosition {
  /** The id of the last one seen; 0 for the first page. */
  readonly after: string;
  readonly order: 'asc' | 'desc';
}

/** Makes a list begin behind a position, in its order by id. */
export function fromPosition(
  select: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  { after, order }: PagePosition,
): void {
  if (order === 'asc') select.where(`${alias}.id > :after`, { after }).orderBy(`${alias}.id`, 'ASC');
  else select.where(after === '0' ? 'true' : `${alias}.id < :after`, { after }).orderBy(`${alias}.id`, 'DESC');
}

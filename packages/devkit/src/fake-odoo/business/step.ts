import type { Change } from '../change';
import type { Partner } from './catalogue';
import type { Line } from './world';

/** A sale on its way from quotation to payment. */
export interface Sale {
  readonly id: number;
  readonly name: string;
  readonly partner: Partner;
  readonly lines: readonly Line[];
  readonly reference: string;
}

/** What can happen next, and what happens after that; undefined when the matter is closed. */
export interface Step {
  readonly changes: Change[];
  readonly next?: (() => Step) | undefined;
}

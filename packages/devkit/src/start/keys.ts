import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What opens one simulated Odoo, and what it pushes with. */
export interface OdooKeys {
  readonly push: string;
  /** Of its pull API. */
  readonly simulator: string;
  readonly rpc: string;
}

/** What is kept from one start to the next: keys, and how many starts have simulated Odoos. */
export interface Kept extends OdooKeys {
  readonly operator: string;
  /** Those of the second Odoo, when there are two. */
  readonly second: OdooKeys;
  readonly simulators: number;
}

const FILE = 'keys.json';

/** What earlier starts have kept, so that whoever has a key can go on using it; made the first time. */
export function readKept(directory: string): Kept {
  return { ...newKeys(), operator: newKey(), second: newKeys(), simulators: 0, ...read(join(directory, FILE)) };
}

/** Only for the owner's eyes. To be called by the one who holds the folder. */
export function keep(directory: string, kept: Kept): void {
  writeFileSync(join(directory, FILE), `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
}

function newKeys(): OdooKeys {
  return { push: newKey(), simulator: newKey(), rpc: newKey() };
}

function newKey(): string {
  return randomBytes(20).toString('hex');
}

function read(file: string): Partial<Kept> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>;
  } catch {
    return {}; // the first start, or a file that was cut off: new keys do no harm
  }
}

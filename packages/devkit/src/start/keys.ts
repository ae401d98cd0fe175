import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is kept from one start to the next: keys, and how many simulated Odoos there have been. */
export interface Kept {
  readonly push: string;
  readonly operator: string;
  readonly simulator: string;
  readonly simulators: number;
}

const FILE = 'keys.json';

/** What earlier starts have kept, so that whoever has a key can go on using it; made the first time. */
export function readKept(directory: string): Kept {
  return { push: newKey(), operator: newKey(), simulator: newKey(), simulators: 0, ...read(join(directory, FILE)) };
}

/** Only for the owner's eyes. To be called by the one who holds the folder. */
export function keep(directory: string, kept: Kept): void {
  writeFileSync(join(directory, FILE), `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
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

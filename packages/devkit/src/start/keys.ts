import { generateKeyPairSync, randomBytes } from 'node:crypto';
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
  /** A JWK that consumers' tokens are signed with. */
  readonly token: object;
  /** A JWK that subscriptions' secrets are encrypted with. */
  readonly sealing: object;
  /** What a receiver that is tried out verifies by. */
  readonly receiver: string;
  readonly simulators: number;
}

const FILE = 'keys.json';

/** What earlier starts have kept, so that whoever has a key can go on using it; made the first time. */
export function readKept(directory: string): Kept {
  const own = { ...newKeys(), operator: newKey(), second: newKeys(), receiver: newSecret() };
  return { ...own, token: newTokenKey(), sealing: newSealingKey(), simulators: 0, ...read(join(directory, FILE)) };
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

function newSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

function newTokenKey(): object {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { kid: 'local', alg: 'EdDSA', use: 'sig', ...privateKey.export({ format: 'jwk' }) };
}

function newSealingKey(): object {
  return { kid: 'local', kty: 'oct', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
}

function read(file: string): Partial<Kept> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>;
  } catch {
    return {}; // the first start, or a file that was cut off: new keys do no harm
  }
}

import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, errors } from 'jose';
import { BridgeError } from '@bridgecore/contracts';
import { SealingKey } from './keyring';

/** A secret as it may lie in a database: a JWE (RFC 7516) in compact form, and the id of the key that its header names. */
export interface Sealed {
  readonly sealed: string;
  readonly key_id: string;
}

/**
 * Encrypts secrets for a place where others may read, with AES-256-GCM. What a secret belongs to is part of it: moved to
 * another owner's row it opens no more.
 */
export class Sealer {
  constructor(private readonly keys: readonly SealingKey[]) {}

  /** The id of the key that encrypts now; undefined where there is none, and nothing can be sealed. */
  get current(): string | undefined {
    return this.keys[0]?.kid;
  }

  /** Throws `SECRETS_DISABLED` without a key. */
  async seal(secret: string, owner: string): Promise<Sealed> {
    const [key] = this.keys;
    if (key === undefined) {
      throw new BridgeError(
        'SECRETS_DISABLED',
        'Secrets cannot be kept here: it was started without SECRET_KEYS_FILE.',
      );
    }
    const sealed = await new CompactEncrypt(new TextEncoder().encode(secret))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid, owner })
      .encrypt(key.bytes);
    return { sealed, key_id: key.kid };
  }

  /** Throws `SECRETS_DISABLED`, without a word of the secret, when its key is not here, or it is not this owner's. */
  async open(sealed: string, owner: string): Promise<string> {
    const kid = kidOf(sealed);
    const key = this.keys.find((known) => known.kid === kid);
    if (key === undefined) {
      throw new BridgeError(
        'SECRETS_DISABLED',
        `SECRET_KEYS_FILE has no key "${kid}", which a secret of ${owner} needs.`,
      );
    }
    try {
      const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key.bytes, options);
      if (protectedHeader['owner'] !== owner) throw new errors.JWEDecryptionFailed();
      return new TextDecoder().decode(plaintext);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw new BridgeError('SECRETS_DISABLED', `A secret of ${owner} does not open with the key "${kid}".`);
    }
  }
}

function kidOf(sealed: string): string {
  try {
    return String(decodeProtectedHeader(sealed).kid);
  } catch {
    return ''; // no JWE: no key opens it
  }
}

import { Webhook } from 'standardwebhooks';
import { BridgeError } from '@bridgecore/contracts';
import { secretOwner } from '@bridgecore/database';
import { Log, Sealer } from '@bridgecore/runtime';

/** A secret that has not expired, as its row has it. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: string;
}

/** What is signed: with the id and the time of the message, as Standard Webhooks has it. */
export interface SignedMessage {
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/**
 * Signs with every secret of a subscription. Opened secrets stay in memory, and only those: what a subscription has no more is
 * forgotten with its next message.
 */
export class Signatures {
  private readonly opened = new Map<string, ReadonlyMap<string, Webhook>>();
  /** Secrets that were told not to open. */
  private readonly told = new Set<string>();

  constructor(
    private readonly sealer: Sealer,
    private readonly log: Log,
  ) {}

  /** The header `webhook-signature`, in the order of the secrets; undefined when there is none that opens. */
  async sign(
    subscription: { readonly id: string; readonly name: string },
    secrets: readonly SealedSecret[],
    { id, at, body }: SignedMessage,
  ): Promise<string | undefined> {
    const known = this.opened.get(subscription.id);
    const current = new Map<string, Webhook>();
    for (const secret of secrets) {
      const signer = known?.get(secret.id) ?? (await this.open(subscription, secret));
      if (signer !== undefined) current.set(secret.id, signer);
    }
    this.opened.set(subscription.id, current);
    const signatures = [...current.values()].map((signer) => signer.sign(id, at, body));
    return signatures.length === 0 ? undefined : signatures.join(' ');
  }

  /** Without the key of one secret, messages are signed with the others; it is told once, and tried each time. */
  private async open(
    { id, name }: { readonly id: string; readonly name: string },
    { id: secretId, sealed }: SealedSecret,
  ): Promise<Webhook | undefined> {
    try {
      const signer = new Webhook(await this.sealer.open(sealed, secretOwner(id)));
      this.told.delete(secretId);
      return signer;
    } catch (error) {
      if (!this.told.has(secretId)) {
        const hint = 'messages are not signed with this secret: is its key in SECRET_KEYS_FILE?';
        const reason = error instanceof BridgeError ? error.message : 'it is no secret as Standard Webhooks has them';
        this.log.warn('secret.unopened', { subscription: name, secret_id: secretId, reason, hint });
      }
      this.told.add(secretId);
      return undefined;
    }
  }
}

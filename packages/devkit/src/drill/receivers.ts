import { type Behaviour, FakeReceiver, mixture, OK, slow, status } from '../fake-receiver/index';
import type { DrilledServices } from './services';
import type { Told } from './told';

/** What a subscription is, and how its receiver is on an ordinary day. */
interface Declared extends Pick<Told, 'name' | 'wants' | 'isOrdered'> {
  readonly settings: object;
  readonly behaviour: Behaviour;
}

/** Often enough to be met, and hardly so often in a row that a delivery waits for minutes, or holds up its record. */
const MOODY = mixture(...Array<Behaviour>(18).fill(OK), slow(100), status(500));

const DECLARED: readonly Declared[] = [
  { name: 'all', settings: {}, behaviour: OK, isOrdered: false, wants: () => true },
  {
    ...{ name: 'lyon', settings: { filter: { systems: ['lyon'] } }, behaviour: MOODY, isOrdered: false },
    wants: ({ system }) => system === 'lyon',
  },
  { name: 'ordered', settings: { ordered: true }, behaviour: MOODY, isOrdered: true, wants: () => true },
];

/** Before they have a secret of their own; nothing is signed with it. */
const NO_SECRET = `whsec_${Buffer.alloc(24).toString('base64')}`;

/** Applications that are told of events, and have their bad days. */
export class DrilledReceivers {
  private readonly receivers = new Map<Declared, FakeReceiver>();

  constructor(private readonly seed: number) {}

  /** Subscribes all before anything is recorded. */
  async open(services: DrilledServices): Promise<void> {
    for (const [at, declared] of DECLARED.entries()) {
      const { name, settings, behaviour } = declared;
      const receiver = new FakeReceiver({ secrets: [NO_SECRET], behaviour, seed: this.seed + at });
      this.receivers.set(declared, receiver);
      const url = await receiver.listen();
      const { secret } = await services.operate('/api/v1/subscriptions', { name, url, ...settings });
      receiver.setSecrets([String(secret)]);
    }
  }

  get all(): readonly FakeReceiver[] {
    return [...this.receivers.values()];
  }

  nameOf(receiver: FakeReceiver): string {
    return [...this.receivers].find(([, one]) => one === receiver)?.[0].name ?? '';
  }

  /** Their bad days are over, and an operator says so: nothing waits for a breaker or for its next try any more. */
  async mend(services: DrilledServices): Promise<void> {
    for (const [{ name }, receiver] of this.receivers) {
      receiver.behaviour = OK;
      await services.operate(`/api/v1/subscriptions/${name}/resume`, {});
    }
  }

  told(): Told[] {
    return [...this.receivers].map(([{ name, wants, isOrdered }, { received, distinct, unverified }]) => ({
      ...{ name, wants, isOrdered, received, distinct, unverified },
    }));
  }

  async close(): Promise<void> {
    for (const receiver of this.receivers.values()) await receiver.close();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fake-odoo/random';
import { type Behaviour, type FakeReceiver, HANG, status } from '../fake-receiver/index';
import type { StoreControl } from '../stack/stack';
import { signal } from '../stack/process-tree';
import type { Service } from '../start/service';
import type { Link } from './link';
import type { DrilledReceivers } from './receivers';
import type { DrilledServices, ServiceKind } from './services';

/** What faults are done to. */
export interface Victims {
  readonly services: DrilledServices;
  readonly redis: StoreControl;
  readonly postgres: StoreControl;
  /** The lines to the simulated Odoos, by system. */
  readonly lines: ReadonlyMap<string, Link>;
  readonly receivers: DrilledReceivers;
}

/** A fault, as `--faults` names it: `worker:kill`. It lasts until what `strike` resolves with is called. */
export interface Fault {
  readonly name: string;
  /** Begins it; resolves with whom it hit and how it ends. */
  readonly strike: (victims: Victims, random: Random) => Promise<Struck>;
}

/** A fault in force. */
export interface Struck {
  readonly victim: string;
  readonly heal: () => Promise<void>;
}

const KINDS: readonly ServiceKind[] = ['gateway', 'scheduler', 'worker'];
const STORES = ['redis', 'postgres'] as const;

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [
  ...KINDS.flatMap((kind) => [
    serviceFault(kind, 'kill', killed),
    serviceFault(kind, 'pause', paused),
    serviceFault(kind, 'restart', restarted),
  ]),
  ...STORES.flatMap((store): Fault[] => [
    { name: `${store}:kill`, strike: ({ [store]: victim }) => downWith(store, victim.kill(), victim) },
    { name: `${store}:restart`, strike: ({ [store]: victim }) => downWith(store, victim.stop(), victim) },
    {
      name: `${store}:pause`,
      strike: async ({ [store]: victim }) => {
        await victim.pause();
        return { victim: store, heal: () => victim.resume() };
      },
    },
  ]),
  lineFault('cut', (link) => link.cut()),
  lineFault('hang', (link) => link.hang()),
  receiverFault('kill', async (receiver) => {
    await receiver.kill();
    return () => receiver.revive();
  }),
  receiverFault('hang', behaving(HANG)),
  receiverFault('fail', behaving(status(500))),
];

/** Those that `--faults` selects: by name (`worker:kill`), or all of one part (`worker`); `none` selects none. */
export function selectFaults(selected: readonly string[]): readonly Fault[] {
  return FAULTS.filter(({ name }) =>
    selected.some((one) => one === 'all' || name === one || name.startsWith(`${one}:`)),
  );
}

/** All of them in a new order, again and again: the same seed, the same faults. */
export function* inRandomOrder(faults: readonly Fault[], random: Random): Generator<Fault, undefined> {
  while (faults.length > 0) {
    const left = [...faults];
    while (left.length > 0) yield* left.splice(random.between(0, left.length - 1), 1);
  }
}

function serviceFault(
  kind: ServiceKind,
  what: string,
  strike: (service: Service, services: DrilledServices) => Promise<() => Promise<void>>,
): Fault {
  return {
    name: `${kind}:${what}`,
    strike: async ({ services }, random) => {
      const service = random.pick(services.of(kind));
      return { victim: service.name, heal: await strike(service, services) };
    },
  };
}

async function killed(service: Service): Promise<() => Promise<void>> {
  service.killNow();
  await service.stop();
  return () => {
    service.start();
    return Promise.resolve();
  };
}

/** As in a rolling deployment: asked to end, and the next one started at once. */
async function restarted(service: Service, services: DrilledServices): Promise<() => Promise<void>> {
  await service.stop();
  service.start();
  return () => services.ready(service);
}

function paused(service: Service): Promise<() => Promise<void>> {
  const { pid } = service;
  if (pid !== null) signal(pid, 'SIGSTOP');
  return Promise.resolve(() => {
    if (pid !== null) signal(pid, 'SIGCONT');
    return Promise.resolve();
  });
}

async function downWith(name: string, ended: Promise<void>, store: StoreControl): Promise<Struck> {
  await ended;
  return { victim: name, heal: () => store.start() };
}

function lineFault(what: string, strike: (link: Link) => void): Fault {
  return {
    name: `odoo:${what}`,
    strike: ({ lines }, random) => {
      const [system, link] = random.pick([...lines]);
      strike(link);
      const heal = (): Promise<void> => {
        link.heal();
        return Promise.resolve();
      };
      return Promise.resolve({ victim: `the line to ${system}`, heal });
    },
  };
}

function receiverFault(what: string, strike: (receiver: FakeReceiver) => Promise<() => Promise<void>>): Fault {
  return {
    name: `receiver:${what}`,
    strike: async ({ receivers }, random) => {
      if (receivers.all.length === 0) return { victim: 'nobody', heal: () => Promise.resolve() };
      const receiver = random.pick(receivers.all);
      return { victim: `the receiver ${receivers.nameOf(receiver)}`, heal: await strike(receiver) };
    },
  };
}

/** It behaves so until it is as before. */
function behaving(behaviour: Behaviour): (receiver: FakeReceiver) => Promise<() => Promise<void>> {
  return (receiver) => {
    const before = receiver.behaviour;
    receiver.behaviour = behaviour;
    return Promise.resolve(() => {
      receiver.behaviour = before;
      return Promise.resolve();
    });
  };
}

/** One fault as it was done, in ms. */
export interface Disturbance {
  readonly fault: string;
  readonly victim: string;
  readonly from: number;
  readonly to: number;
}

/** Does one fault from its beginning to its end. */
export async function disturb(
  fault: Fault,
  victims: Victims,
  random: Random,
  lasts: { readonly from: number; readonly to: number },
): Promise<Disturbance> {
  const from = Date.now();
  const { victim, heal } = await fault.strike(victims, random);
  await sleep(Math.max(0, from + random.between(lasts.from, lasts.to) - Date.now()));
  await heal();
  return { fault: fault.name, victim, from, to: Date.now() };
}

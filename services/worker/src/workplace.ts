import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Networks, NotifySettings, PayloadSettings, SyncModels } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { CheckedSystem, CheckRpc } from '@bridgecore/odoo';
import { Check, CountJob, HealthConfig, Log, RedisConfig, Sealer, SealingConfig, Watchdog } from '@bridgecore/runtime';
import { RetentionConfig } from './clean-up/retention-config';
import { WorkerConfig } from './config';
import { NotifyConfig } from './notify/config';
import { DeclaredSubscription } from './notify/subscriptions-file';
import { OutboxSubscriber } from './outbox/subscriber';
import { ConnectedSystem } from './odoo/pulled-systems';
import { Stores } from './record/record';
import { DataSyncConfig } from './sync/config';

export type WorkerSettings = Readonly<
  RedisConfig &
    DatabaseConfig &
    PayloadSettings &
    WorkerConfig &
    DataSyncConfig &
    RetentionConfig &
    NotifyConfig &
    NotifySettings &
    SealingConfig &
    Pick<HealthConfig, 'WATCHDOG_SECONDS'>
>;

/** What the worker is given beside its settings. */
export interface WorkerDependencies {
  readonly systems: ReadonlyMap<string, ConnectedSystem>;
  /** Of all that may push or are pulled: those that metrics name. */
  readonly systemIds: readonly string[];
  /** The same, as connection checks look at them. */
  readonly checked: readonly CheckedSystem[];
  /** How RPC is looked at; without it, it is not. */
  readonly checkRpc?: CheckRpc;
  /** Which models may be brought along by a sync, and how they are matched. */
  readonly syncModels: SyncModels;
  /** What the subscriptions' secrets are encrypted and opened with. */
  readonly sealer: Sealer;
  /** Those that a file declares; undefined leaves things as they are. */
  readonly subscriptions?: readonly DeclaredSubscription[] | undefined;
  readonly log: Log;
  readonly metrics: Registry;
  /** What must follow every new event, in a test; otherwise notifications must. */
  readonly subscribers?: readonly OutboxSubscriber[];
  /** Networks that receivers of notifications may be in although they are not public. */
  readonly allowed: Networks;
  /** Of this software; receivers are told. */
  readonly version: string;
  /** What readiness rests on; the worker adds its own. */
  readonly checks: Record<string, Check>;
  /** What liveness rests on; the worker adds its own. */
  readonly live: Watchdog[];
  /** Aborted when the worker is to end: it takes no further job, and runs stop after what they have in hand. */
  readonly ended: AbortSignal;
  /** Told how to close what was just opened, and what is under way there; closing runs in reverse. */
  readonly defer: (name: string, close: () => unknown, inHand?: () => readonly string[]) => void;
}

/** What the worker is connected to. */
export interface OpenStores {
  /** For the queues: it waits for Redis' return. */
  readonly redis: Redis;
  /** For the lock and `seen`: they never wait. */
  readonly fastRedis: Redis;
  readonly pool: Pool;
  /** For notifications alone. */
  readonly notifyPool: Pool;
}

/** What jobs are worked with. */
export interface Workplace extends OpenStores {
  readonly stores: Stores;
  readonly count: CountJob;
}

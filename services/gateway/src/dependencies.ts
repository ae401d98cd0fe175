import { Registry } from 'prom-client';
import { AppTypes, DeclaredSystem, Networks, PayloadSettings } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { Log, RedisConfig, Sealer } from '@bridgecore/runtime';
import { GatewayConfig } from './config';
import { ApiKey } from './keys';
import { TokenKey } from './tokens/token-keys';

export type GatewaySettings = Readonly<RedisConfig & DatabaseConfig & PayloadSettings & GatewayConfig>;

/** What the gateway is given beside its settings. */
export interface GatewayDependencies {
  readonly keys: readonly ApiKey[];
  /** What tokens are signed and verified with; none: there are no tokens. */
  readonly tokenKeys: readonly TokenKey[];
  /** The declared ones. */
  readonly systems: readonly DeclaredSystem[];
  /** Every one that events may come from. */
  readonly systemIds: readonly string[];
  readonly appTypes: AppTypes;
  /** Encrypts what subscriptions sign with. */
  readonly sealer: Sealer;
  /** Where receivers may be although it is not public. */
  readonly allowedNetworks: Networks;
  readonly log: Log;
  readonly metrics: Registry;
  /** Aborted when the gateway is to end: it is not ready any more, goes on answering, and lets go of its connections. */
  readonly ending: AbortSignal;
  /** Told how to close what was just opened, and what is under way there; closing runs in reverse. */
  readonly defer: (name: string, close: () => unknown, inHand?: () => readonly string[]) => void;
}

import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Networks } from '@bridgecore/contracts';
import { Log, Sealer } from '@bridgecore/runtime';
import { NotifyConfig, notifyRules } from './config';
import { createConnections } from './connect';
import { Messages } from './deliver';
import { Dispatcher } from './dispatcher';
import { EVENT_COLUMNS, messageOf, testMessage } from './message';
import { countDeliveries, showDeliveries } from './meters';
import { createSend } from './send';
import { Signatures } from './signatures';

/** What notifications are sent with. */
export interface NotifyDependencies {
  /** Of their own: events are recorded whatever becomes of deliveries. */
  readonly pool: Pool;
  readonly log: Log;
  readonly metrics: Registry;
  /** How messages are made, in a test; otherwise as `message.ts` does. */
  readonly messages?: Messages;
  readonly sealer: Sealer;
  /** Those that receivers may be in although they are not public. */
  readonly allowed: Networks;
  /** Of this software; receivers are told. */
  readonly version: string;
  /** Aborted when the worker is to end: no try is begun after that. */
  readonly ended: AbortSignal;
  readonly defer: (name: string, close: () => unknown, inHand?: () => readonly string[]) => void;
}

/** Sends what is due, from now on. */
export interface Notify {
  /** Says that deliveries were written, after their commit; without it they are found within a second. */
  ring(): void;
}

const MESSAGES: Messages = { columns: EVENT_COLUMNS, messageOf, testMessage };

/** Begins to send. Closing waits for the tries under way, each of which has a limit of its own. */
export function openNotify(config: NotifyConfig, given: NotifyDependencies): Notify {
  const { pool, log, metrics, messages = MESSAGES, sealer, allowed, version, ended, defer } = given;
  const rules = notifyRules(config);
  const connections = createConnections(allowed);
  const send = createSend(connections, rules.timeoutMs, `BridgeCore/${version}`);
  const signatures = new Signatures(sealer, log);
  const meter = countDeliveries(metrics);
  showDeliveries(metrics, pool);
  const dispatcher = new Dispatcher({ pool, log, rules, send, signatures, messages, meter, ended });
  const close = async (): Promise<void> => {
    await dispatcher.end();
    connections.close();
  };
  defer('notifications', close, () => dispatcher.inHand());
  return dispatcher;
}

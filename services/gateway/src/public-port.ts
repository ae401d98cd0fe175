import { RequestHandler, Router } from 'express';
import { DataSource } from 'typeorm';
import { redaction } from '@bridgecore/contracts';
import { authenticate } from './authenticate';
import { GatewayConfig } from './config';
import { GatewayDependencies, GatewaySettings } from './dependencies';
import { Batcher } from './enqueue';
import { feedRoutes } from './feed/feed-routes';
import { Gate } from './feed/gate';
import { jsonBody } from './json-body';
import { OpenQueue } from './open-queue';
import { pushRoute } from './push-route';
import { createSyncMeter } from './sync/meters';
import { syncRoutes } from './sync/sync-routes';
import { authenticateConsumer } from './tokens/consumer';
import { tokenRoutes } from './tokens/token-routes';
import { Tokens } from './tokens/tokens';

/** What the routes of the public port work with. */
export interface PublicPort {
  readonly database: () => DataSource;
  readonly queue: OpenQueue;
  /** Remembers which pushes were refused. */
  readonly noteRefusals: RequestHandler;
}

/** Everything that the world may call: Odoo pushes, and consumers read. */
export function publicRoutes(
  { database, queue, noteRefusals }: PublicPort,
  config: GatewaySettings,
  given: GatewayDependencies,
): Router {
  const readBody = jsonBody(config.WEBHOOK_MAX_BODY_BYTES);
  const pushes = pushRoute({
    before: [noteRefusals, authenticate(given.keys, 'ingest'), queue.limit, ...queue.bounds, ...readBody],
    enqueue: new Batcher(queue.addJob).enqueue,
    isRedacted: redaction(config.REDACT_FIELDS),
    deadlineMs: config.WEBHOOK_DEADLINE_MS,
  });
  return pushes.use(consumerRoutes(database, queue, config, given));
}

/** What consumers call, with a key or a token. */
function consumerRoutes(
  database: () => DataSource,
  { tokenLimit: limit }: Pick<OpenQueue, 'tokenLimit'>,
  config: GatewayConfig,
  given: GatewayDependencies,
): Router {
  const { keys, systemIds, appTypes, log, metrics } = given;
  const tokens = new Tokens(given.tokenKeys, keys);
  const mayRead = authenticateConsumer(keys, tokens);
  const consumers = { database, gate: openGate(config), systemIds, mayRead, appTypes };
  return Router().use(
    feedRoutes(consumers),
    syncRoutes({ ...consumers, meter: createSyncMeter(metrics, appTypes) }),
    tokenRoutes({ tokens, keys, systemIds, appTypes, limit, log }),
  );
}

/** As many may wait as a burst of devices brings; a turn takes milliseconds. */
const MAX_WAITING_CONSUMERS = 1_000;

function openGate({ CONSUMER_CONCURRENCY: slots, CONSUMER_WAIT_MS: waitMs }: GatewayConfig): Gate {
  return new Gate({ slots, waitMs, maxWaiting: MAX_WAITING_CONSUMERS });
}

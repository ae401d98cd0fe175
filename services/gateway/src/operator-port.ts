import { Router } from 'express';
import { DataSource } from 'typeorm';
import { Check, report } from '@bridgecore/runtime';
import { auditRoutes } from './audit-routes';
import { dataSyncRoutes } from './data-sync-routes';
import { deadLetterRoutes } from './dead-letter-routes';
import { deliveryRoutes } from './deliveries/delivery-routes';
import { GatewayDependencies } from './dependencies';
import { jobRoutes } from './job-routes';
import { OpenQueue } from './open-queue';
import { operatorRoutes } from './operator-routes';
import { queueRoutes } from './queue-routes';
import { RefusalMemory } from './refused-pushes';
import { runRoutes } from './run-routes';
import { secretRoutes } from './subscriptions/secret-routes';
import { stateRoutes } from './subscriptions/state-routes';
import { subscriptionRoutes } from './subscriptions/subscription-routes';
import { systemRoutes } from './system-routes';
import { GatewayView } from './why/story';
import { whyRoutes } from './why/why-routes';

/** What the routes of the operator port work with. */
export interface OperatorPort {
  readonly database: () => DataSource;
  readonly queue: OpenQueue;
  readonly checks: Readonly<Record<string, Check>>;
  readonly refusals: RefusalMemory;
}

/** Everything that operators see and do. */
export function operatedRoutes(
  { database, queue, checks, refusals }: OperatorPort,
  given: GatewayDependencies,
): Router {
  const { keys, systems, metrics } = given;
  const operated = { database, keys };
  const ids = new Set(systems.map(({ id }) => id));
  return operatorRoutes(database, keys, metrics).use(
    deadLetterRoutes({ ...operated, addReplay: queue.addReplay }),
    subscriptionRoutes({ ...operated, ...given }),
    stateRoutes(operated),
    secretRoutes({ ...operated, ...given }),
    deliveryRoutes(operated),
    dataSyncRoutes({ ...operated, systems: ids, syncs: queue.syncs }),
    systemRoutes({ ...operated, systems }),
    runRoutes({ ...operated, systems, pulls: queue.pulls }),
    jobRoutes({ keys, queues: queue.queues }),
    auditRoutes({ ...operated, maintenance: queue.maintenance }),
    queueRoutes({ keys, readQueues: queue.readQueues }),
    whyRoutes({ ...operated, ...queue, systems, gateway: viewOf(checks, queue, refusals) }),
  );
}

function viewOf(
  checks: Readonly<Record<string, Check>>,
  { evictsBy }: OpenQueue,
  refusals: RefusalMemory,
): () => GatewayView {
  return () => ({
    checks: report(checks).checks,
    redis_evicts_by: evictsBy() ?? null,
    refused_pushes: refusals.all(),
  });
}

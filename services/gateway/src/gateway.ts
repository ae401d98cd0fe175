import { Express } from 'express';
import { Check, listen, showReadiness, unreadyFrom } from '@bridgecore/runtime';
import { createApp } from './app';
import { Connections } from './connections';
import { openDatabase } from './database';
import { GatewayDependencies, GatewaySettings } from './dependencies';
import { createHttpServer } from './http-server';
import { openQueue } from './open-queue';
import { operatedRoutes } from './operator-port';
import { publicRoutes } from './public-port';
import { RefusalMemory } from './refused-pushes';
import { createRequestLog } from './request-log';

/**
 * Opens the stores and both ports. It listens before the stores are there: live, and not ready yet. The public port is
 * closed first, and Redis last, when every push that was taken is there; operators see it to the end.
 */
export async function openGateway(
  config: GatewaySettings,
  given: GatewayDependencies,
): Promise<{ port: number; operatorPort: number }> {
  const { log, metrics, ending, defer } = given;
  const requestLog = createRequestLog(log, metrics);
  const queue = openQueue(config, { log, defer, metrics });
  const { source: database, ...postgres } = openDatabase(config.DATABASE_URL, log);
  defer('postgres', () => postgres.close());
  const checks: Record<string, Check> = { redis: queue.check, postgres: postgres.check };
  showReadiness(metrics, checks);
  unreadyFrom(ending, checks);

  const refusals = new RefusalMemory();
  const routes = operatedRoutes({ database, queue, checks, refusals }, given);
  const operators = { name: 'operator port', port: config.OPERATOR_PORT, host: config.OPERATOR_HOST };
  const operatorPort = await openPort(operators, createApp({ requestLog, checks, routes }), given);
  const open = publicRoutes({ database, queue, noteRefusals: refusals.note }, config, given);
  const everybody = { name: 'public port', port: config.PORT, host: config.HOST };
  const elsewhere = 'Operators are served at a port of their own, OPERATOR_PORT.';
  const port = await openPort(everybody, createApp({ requestLog, checks, routes: open, elsewhere }), given);
  return { port, operatorPort };
}

interface Port {
  readonly name: string;
  readonly port: number;
  readonly host: string;
}

async function openPort({ name, port, host }: Port, app: Express, given: GatewayDependencies): Promise<number> {
  const server = createHttpServer(app, given.log);
  const connections = new Connections(server);
  given.ending.addEventListener('abort', () => connections.letGo());
  const opened = await listen(server, port, host);
  given.defer(
    name,
    () => connections.end(),
    () => connections.inHand(),
  );
  return opened;
}

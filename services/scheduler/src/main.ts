import { systemsOf, TickJob } from '@bridgecore/contracts';
import { Check, closeServer, createLog, createMetrics, listen, loadConfig } from '@bridgecore/runtime';
import { readTextFile, serveHealth, showReadiness, showShutdown, Shutdown, start } from '@bridgecore/runtime';
import { switchLevelOnSignal, versionOf, Watchdog } from '@bridgecore/runtime';
import { startScheduler } from './scheduler';
import { maintenanceSchedules, pullSchedules } from './schedules';
import { SETTINGS } from './settings';

/** Whoever starts the hub wants to know at once whether it reaches its Odoos; replicas ask for the same one check. */
const AT_START: readonly TickJob[] = [{ kind: 'connection-check' }];

start(async () => {
  const config = loadConfig(SETTINGS);
  const systems = systemsOf(config, readTextFile);
  const schedules = [...pullSchedules(systems), ...maintenanceSchedules(config)];
  const log = createLog({ service: 'scheduler', ...config });
  switchLevelOnSignal(log);
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();

  const metrics = createMetrics('scheduler', versionOf(config));
  const checks: Record<string, Check> = { redis: () => 'down' };
  showReadiness(metrics, checks);
  showShutdown(metrics, shutdown);
  const live: Watchdog[] = [];
  const server = serveHealth(checks, metrics, live);
  const port = await listen(server, config.HEALTH_PORT, config.HEALTH_HOST);
  shutdown.defer('health', () => closeServer(server));

  checks['redis'] = startScheduler({
    ...{ redisUrl: config.REDIS_URL, schedules, atStart: AT_START, log, metrics, shutdown, live },
    watchdogMs: config.WATCHDOG_SECONDS * 1_000,
  });
  log.info('scheduler.started', { health_port: port, schedules: schedules.map(({ id }) => id) });
  if (systems.length === 0) log.warn('scheduler.idle', { hint: 'set ODOO_URL or SYSTEMS_FILE to have an Odoo pulled' });
});

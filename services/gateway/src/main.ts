import { systemsOf } from '@bridgecore/contracts';
import { createLog, loadConfig, readTextFile, Shutdown, start } from '@bridgecore/runtime';
import { openGateway } from './gateway';
import { loadKeys } from './load-keys';
import { SETTINGS } from './settings';

start(async () => {
  const config = loadConfig(SETTINGS);
  const systems = systemsOf(config, readTextFile);
  const known = new Set(systems.map(({ id }) => id));
  if (config.SYSTEMS_FILE === undefined) known.add(config.ODOO_SYSTEM_ID); // pushes may come before ODOO_URL is known
  const keys = loadKeys(config, known, readTextFile);

  const log = createLog({ service: 'gateway', ...config });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000);
  shutdown.listen();
  const defer = shutdown.defer.bind(shutdown);
  const { port, operatorPort } = await openGateway(config, { keys, systems, log, defer });
  log.info('gateway.started', { port, operator_port: operatorPort, keys: keys.map(({ id }) => id) });
});

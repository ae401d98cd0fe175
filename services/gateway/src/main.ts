import { OdooSettings, PayloadSettings, systemsOf } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import { createLog, loadConfig, ProcessConfig, readTextFile, RedisConfig, Shutdown, start } from '@bridgecore/runtime';
import { GatewayConfig } from './config';
import { openGateway } from './gateway';
import { loadKeys } from './load-keys';

const CONFIG = [ProcessConfig, RedisConfig, DatabaseConfig, OdooSettings, PayloadSettings, GatewayConfig] as const;

start(async () => {
  const config = loadConfig(CONFIG);
  const systems = systemsOf(config, readTextFile);
  const known = new Set(systems.map(({ id }) => id));
  if (config.SYSTEMS_FILE === undefined) known.add(config.ODOO_SYSTEM_ID); // pushes may come before ODOO_URL is known
  const keys = loadKeys(config, known, readTextFile);

  const log = createLog({ service: 'gateway', ...config });
  const shutdown = new Shutdown(log, config.SHUTDOWN_TIMEOUT_SECONDS * 1_000, config.SHUTDOWN_DELAY_SECONDS * 1_000);
  shutdown.listen();
  const defer = shutdown.defer.bind(shutdown);
  const { begun: ending } = shutdown;
  const { port, operatorPort } = await openGateway(config, { keys, systems, log, ending, defer });
  log.info('gateway.started', { port, operator_port: operatorPort, keys: keys.map(({ id }) => id) });
});

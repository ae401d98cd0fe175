import { Command, OutputConfiguration } from 'commander';
import { Environment } from '@bridgecore/runtime';
import { Registrar } from './command';
import { auditCommand } from './commands/audit';
import { configCommand } from './commands/config';
import { dataSyncCommands } from './commands/data-sync';
import { deadLetterCommands } from './commands/dead-letters';
import { deliveryCommands } from './commands/deliveries';
import { doctorCommand } from './commands/doctor';
import { eventsCommand } from './commands/events';
import { feedCommand } from './commands/feed';
import { keysCommands } from './commands/keys';
import { migrateCommand } from './commands/migrate';
import { pullCommands } from './commands/pull';
import { queuesCommand } from './commands/queues';
import { subscriptionCommands } from './commands/subscriptions';
import { systemsCommand } from './commands/systems';
import { versionCommand } from './commands/version';
import { whyCommand } from './commands/why';
import { version } from './version';

/** Every command, in the order in which the help shows them. */
export function createProgram(act: Registrar['act'], env: Environment, output: OutputConfiguration): Command {
  const program = new Command('bridgecore')
    .description('Looks after BridgeCore, the hub between Odoo and other software.')
    .version(version(env), '-V, --version', 'print the version')
    .option('--json', 'answer in JSON, for scripts; failures too, on standard error')
    .option('--url <url>', "the gateway's operator port, instead of BRIDGECORE_URL")
    .option('--key-file <path>', 'a file with the operator key, instead of OPERATOR_API_KEY')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20, styleTitle: (title) => title })
    .addHelpText('after', AFTER)
    .exitOverride()
    .configureOutput(output) // before the commands, which take it over
    .showHelpAfterError(false)
    .allowExcessArguments(false);
  const registrar: Registrar = { program, act };
  for (const add of COMMANDS) add(registrar);
  return program;
}

const COMMANDS = [
  ...[doctorCommand, whyCommand, eventsCommand, deadLetterCommands, systemsCommand, queuesCommand],
  ...[subscriptionCommands, deliveryCommands, feedCommand, pullCommands, dataSyncCommands, auditCommand],
  ...[keysCommands, migrateCommand, configCommand, versionCommand],
];

const AFTER = `
Begin here:
  $ bridgecore doctor
      is everything all right? If not: what is wrong, and what to do
  $ bridgecore why sale.order 42
      where this record's events are, and why one has not arrived

Environment:
  BRIDGECORE_URL        the gateway's operator port; http://127.0.0.1:8081
  OPERATOR_API_KEY      a key with the scopes read and operate, or …_FILE
  BRIDGECORE_PUSH_URL   the gateway's public port, for doctor and feed;
                        http://127.0.0.1:8080
  WEBHOOK_PUSH_API_KEY  a key with the scope ingest, for doctor, or …_FILE
  REDIS_URL, DATABASE_URL, ODOO_URL or SYSTEMS_FILE, …
                        as the services have them, for doctor, migrate, config
                        and why
  NO_COLOR              no colours

Exit codes:
  0   all right          69  unavailable: the gateway or a store is away
  1   something is       77  refused: the key is wrong, or may not do that
      wrong or failed    78  the configuration is invalid
  64  wrong usage        130 interrupted`;

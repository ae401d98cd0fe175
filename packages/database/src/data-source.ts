import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { WebhookEventRow } from './entities/webhook-event-row';
import { AuditLogRow } from './entities/audit-log-row';
import { DeadLetterRow } from './entities/dead-letter-row';
import { EventStore1795392000000 } from './migrations/1795392000000-event-store';
import { PullCare1795478400000 } from './migrations/1795478400000-pull-care';
import { DeadLetterCare1795564800000 } from './migrations/1795564800000-dead-letter-care';
import { Outbox1795651200000 } from './migrations/1795651200000-outbox';
import { AuditMonthRace1795737600000 } from './migrations/1795737600000-audit-month-race';
import { DataSync1795824000000 } from './migrations/1795824000000-data-sync';
import { SystemChecks1795996800000 } from './migrations/1795996800000-system-checks';
import { DeadLetterRecord1796083200000 } from './migrations/1796083200000-dead-letter-record';
import { EventFeed1796173200000 } from './migrations/1796173200000-event-feed';
import { Notifications1796259600000 } from './migrations/1796259600000-notifications';

/** Every migration, oldest first. */
export const MIGRATIONS = [
  EventStore1795392000000,
  PullCare1795478400000,
  DeadLetterCare1795564800000,
  Outbox1795651200000,
  AuditMonthRace1795737600000,
  DataSync1795824000000,
  SystemChecks1795996800000,
  DeadLetterRecord1796083200000,
  EventFeed1796173200000,
  Notifications1796259600000,
];

/** What reads entities and applies migrations. Nothing is ever synchronised from the entities. */
export function createDataSource(url: string, { max = 5, statementTimeoutMs = 5_000 } = {}): DataSource {
  const isBounded = statementTimeoutMs > 0; // a migration takes what it takes
  return new DataSource({
    type: 'postgres',
    url,
    entities: [WebhookEventRow, AuditLogRow, DeadLetterRow],
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    poolSize: max,
    connectTimeoutMS: 3_000,
    extra: {
      statement_timeout: statementTimeoutMs,
      lock_timeout: isBounded ? 2_000 : 0,
      idle_in_transaction_session_timeout: isBounded ? 10_000 : 0,
      ...(isBounded ? { query_timeout: statementTimeoutMs + 2_000 } : {}),
      keepAlive: true,
    },
  });
}

export { DatabaseConfig } from './config';
export { createDataSource } from './data-source';
export { AuditLogRow } from './entities/audit-log-row';
export { DeadLetterRow } from './entities/dead-letter-row';
export { WebhookEventRow } from './entities/webhook-event-row';
export { migrate, pendingMigrations } from './migrations';
export { answers, createPool, databaseDependency, inTransaction, isDataError, translate } from './pool';
export type { PoolOptions } from './pool';

export { AppTypeSettings, appTypesOf } from './app-types';
export type { AppTypes } from './app-types';
export { assertHarmless, MAX_DEPTH } from './bounds';
export { compileCondition, conditionProblem } from './condition';
export type { Condition } from './condition';
export { CONFLICT_POLICIES, DataSyncJob, DataSyncRequest, parseDataSyncRequest } from './data-sync';
export type { ConflictPolicy } from './data-sync';
export { BridgeError, FAILURES } from './errors';
export type { FailureCode, FailureOptions, FieldError } from './errors';
export { contentKey, digest, isDated, ORIGINS } from './identity';
export type { ContentParts, Origin } from './identity';
export {
  MAINTENANCE_KINDS,
  MaintenanceJob,
  MAX_EVENTS_PER_JOB,
  MAX_REPLAYS_PER_JOB,
  PULL_UNDER_WAY,
  PullJob,
  RejectedItem,
  ReplayRequest,
  TickJob,
  unreadable,
} from './jobs';
export type { EventJob, MaintenanceKind, UnreadablePart } from './jobs';
export { canonicalJson, isRecord, kindOf } from './json';
export type { JsonRecord } from './json';
export { networksOf, refusalOf } from './networks';
export type { Networks } from './networks';
export { normalisePulledRow, normalisePush } from './normalise';
export type { Arrival, Push } from './normalise';
export { domainProblem } from './odoo-domain';
export type { OdooDomain } from './odoo-domain';
export { fieldErrors, invalid, parse } from './parse';
export { DATA_SYNC, MAINTENANCE, ODOO_PULL, QUEUES, REPLAY_PRIORITY, TICKS, WEBHOOK_EVENTS } from './queues';
export type { QueueDefinition } from './queues';
export { DEFAULT_REDACTED_FIELDS, PayloadSettings, rawJson, redaction } from './redact';
export type { IsRedacted } from './redact';
export { NotifySettings } from './notify-settings';
export {
  BODIES,
  compileFilter,
  isSigningSecret,
  MAX_SECRETS,
  parseSubscription,
  SubscriptionFilter,
  SubscriptionSpec,
} from './subscription';
export type { Body, FilteredEvent } from './subscription';
export { syncModelsOf, UNKNOWN_SYNC_MODEL } from './sync-models';
export type { SyncModel, SyncModels } from './sync-models';
export type { RpcCheck, SystemFindings, SystemState } from './system-check';
export { OdooSettings, publicUrl, systemIdsOf, systemsOf } from './systems';
export type { DeclaredSystem, OdooSystem } from './systems';
export { MAX_INT4, OPERATIONS, parseEvent, PRIORITIES, WebhookEvent } from './webhook-event';
export type { Operation, Priority } from './webhook-event';

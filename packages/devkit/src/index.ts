export { createTestDatabase, createTestRedis, startOwnStack, type TestDatabase, type TestRedis } from './test-stores';
export { parseExposition, type Scrape, type ScrapedSample } from './exposition';
export { METRICS, type MetricDefinition, type ServiceName } from './metric-names';
export { freePort } from './stack/free-port';
export { type Stack, type StackOptions, startStack, type StoreControl } from './stack/stack';
export { StackError } from './stack/stack-error';
export { until, type UntilOptions } from './until';
export {
  batchBody,
  FakeOdoo,
  FAULT_PATHS,
  instantBody,
  PythonFloat,
  scheduledBody,
  writeJson,
  type Auth,
  type BusinessRule,
  type Change,
  type Client,
  type CommitOptions,
  type ConnectionTest,
  type FakeOdooOptions,
  type Fault,
  type FaultPath,
  type HeldBack,
  type JobResult,
  type Json,
  type JsonObject,
  type MakeOptions,
  type Normaliser,
  type OdooState,
  type Operation,
  type Outcome,
  type Priority,
  type PullRow,
  type PushKind,
  type PushRow,
  type PushShare,
  type RpcCallNotice,
  type RpcHook,
  type RpcOptions,
  type RpcUser,
  type RpcVersion,
  type SeenRequest,
  type SentPush,
  type Subscriber,
  type Tracking,
  type TrackingOverride,
  type Written,
} from './fake-odoo/index';
export {
  FakeReceiver,
  type Behaviour,
  type DeliveredBody,
  type FakeReceiverOptions,
  type Received,
  type ReceiverCounts,
} from './fake-receiver/index';
export { capturedBodies } from './fuzz/captured-bodies';
export { fuzz, type FuzzOptions, type FuzzResult } from './fuzz/fuzz-run';

export { DROP, flood, GONE, HANG, mixture, OK, redirect, slow, status, trickle, type Behaviour } from './behaviour';
export type { DeliveredBody, Received, ReceiverCounts } from './deliveries';
export { FakeReceiver, type FakeReceiverOptions } from './fake-receiver';

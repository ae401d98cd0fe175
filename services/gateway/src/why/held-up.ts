import { ReceiverView, ToldDelivery } from './story';
import { secondsBetween } from './words';

/** What is due is sent within a second or two; what is due for longer is kept by something. */
const OVERDUE_SECONDS = 60;

/** Whether nothing is sent to a subscription for a while: by its breaker, or since its receiver asks to be left alone. */
export const isOpen = ({ open_until: until }: ReceiverView, now: Date): boolean => until !== null && until > now;

/** Whether a delivery is due for longer than it takes. */
export const isOverdue = ({ next_attempt_at: at }: ToldDelivery, now: Date): boolean =>
  at !== null && secondsBetween(at, now) > OVERDUE_SECONDS;

/** Whether a delivery has not got there although it should have: it needs somebody, or time. */
export function isHeldUp(delivery: ToldDelivery, now: Date): boolean {
  const { state, attempts, receiver } = delivery;
  if (state !== 'waiting') return state === 'dead';
  return attempts > 0 || receiver.state === 'paused' || isOpen(receiver, now) || isOverdue(delivery, now);
}

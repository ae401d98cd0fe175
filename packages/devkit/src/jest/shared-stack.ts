import type { Stack } from '../stack/stack';

// Jest loads the setup and the teardown each in a registry of its own: what they share has to be global.
const holder = globalThis as { bridgecoreSharedStack?: Stack };

/** Keeps the stack of this run for the teardown. */
export function setSharedStack(stack: Stack): void {
  holder.bridgecoreSharedStack = stack;
}

/** The stack of this run, if there is one. */
export function sharedStack(): Stack | undefined {
  return holder.bridgecoreSharedStack;
}

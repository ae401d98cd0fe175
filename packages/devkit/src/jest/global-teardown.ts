import { sharedStack } from './shared-stack';

/** Stops the stores that the setup started. */
export default async function globalTeardown(): Promise<void> {
  await sharedStack()?.stop();
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@bridgecore/runtime';

/** What this program calls itself: what its image was built as, or what its package says. */
export function version(env: Environment): string {
  const { version: own } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  return env['BRIDGECORE_VERSION'] || own;
}

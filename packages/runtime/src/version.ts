import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version that logs and metrics name: the one that the image was built with, or that of the packages. */
export function versionOf({ BRIDGECORE_VERSION }: { readonly BRIDGECORE_VERSION?: string | undefined }): string {
  if (BRIDGECORE_VERSION !== undefined) return BRIDGECORE_VERSION;
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8'); // from dist/src
  return (JSON.parse(text) as { version: string }).version;
}

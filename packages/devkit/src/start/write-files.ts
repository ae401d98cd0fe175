import { rmSync, writeFileSync } from 'node:fs';
import type { GivenFile } from './simulated';

/** Writes files that services read, some of them with keys: only for the owner's eyes. */
export function writeFiles(files: readonly GivenFile[]): void {
  for (const { path, content } of files) {
    rmSync(path, { force: true }); // the mode holds for a file that is made
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
  }
}

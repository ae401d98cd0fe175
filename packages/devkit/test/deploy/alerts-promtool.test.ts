import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrUnpackPrometheus } from '../../src/stack/prometheus-unpack';

let folder: string;
const path = process.env['PATH'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgecore-promtool-'));
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

it('takes the promtool of the PATH', async () => {
  const own = join(folder, 'promtool');
  writeFileSync(own, '#!/bin/sh\n', { mode: 0o755 });
  process.env['PATH'] = folder;

  const found = await findOrUnpackPrometheus('promtool', join(folder, 'tools'));

  expect(found).toBe(own);
});

it('says what to install where there is none and no apt-get', async () => {
  process.env['PATH'] = folder;

  const asked = findOrUnpackPrometheus('promtool', join(folder, 'tools'));

  await expect(asked).rejects.toThrow(/no apt-get.*\n.*brew install prometheus/);
});

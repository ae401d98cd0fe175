import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKept } from '../src/start/keys';
import { declareNotify } from '../src/start/notify';
import { writeFiles } from '../src/start/write-files';
import { load } from './deploy/repository';

type ReadText = () => string;

interface Services {
  loadTokenKeys(config: { TOKEN_KEYS_FILE: string }, read: ReadText): { kid: string }[];
  loadSealingKeys(config: { SECRET_KEYS_FILE: string }, read: ReadText): { kid: string }[];
  parseSubscription(spec: object): { secrets?: string[] };
}

describe('the keys that npm start makes', () => {
  const setOf =
    (key: object): ReadText =>
    () =>
      JSON.stringify({ keys: [key] });
  const { loadTokenKeys } = load<Services>('services/gateway/dist/src/settings.js');
  const { loadSealingKeys } = load<Services>('packages/runtime/dist/src/index.js');
  const { parseSubscription } = load<Services>('packages/contracts/dist/src/index.js');
  const kept = readKept('/nowhere');

  it('for tokens, secrets and a receiver are such as the services take', () => {
    const spec = { name: 'try', url: 'http://127.0.0.1:9000/', secrets: [kept.receiver] };

    expect(loadTokenKeys({ TOKEN_KEYS_FILE: 'x' }, setOf(kept.token)).map(({ kid }) => kid)).toEqual(['local']);
    expect(loadSealingKeys({ SECRET_KEYS_FILE: 'x' }, setOf(kept.sealing)).map(({ kid }) => kid)).toEqual(['local']);
    expect(parseSubscription(spec).secrets).toEqual([kept.receiver]);
  });

  it('stay as they are in a file that is there, for somebody may have put another key in front', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bridgecore-test-'));
    const path = join(directory, 'secret-keys.json');
    const written = () => declareNotify(kept, directory, () => false).files.map((file) => file.path);

    const before = written();
    writeFileSync(path, '{"keys": []}');
    const after = written();

    rmSync(directory, { recursive: true });
    expect(before).toContain(path);
    expect(after).toEqual(before.filter((file) => file !== path));
  });

  it('lie in files for nobody else to read, also when there was a file before', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bridgecore-test-'));
    const [path, other] = [join(directory, 'secret-keys.json'), join(directory, 'receiver-secret')];
    writeFileSync(path, '', { mode: 0o644 });

    writeFiles([
      { path, content: { keys: [] } },
      { path: other, content: 'whsec_r' },
    ]);

    const modes = [path, other].map((file) => statSync(file).mode & 0o777);
    const texts = [path, other].map((file) => readFileSync(file, 'utf8'));
    rmSync(directory, { recursive: true });
    expect(modes).toEqual([0o600, 0o600]);
    expect(texts).toEqual(['{\n  "keys": []\n}\n', 'whsec_r\n']);
  });
});

import { loadTokenKeys } from '@bridgecore/gateway/settings';
import { run } from '../src/run';

async function ran(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    ...{ env: {}, stdin: { isTTY: false } as NodeJS.ReadStream, interrupted: new AbortController().signal },
    out: { write: (text: string) => (out += text) !== '' } as never,
    err: { write: (text: string) => (err += text) !== '' } as never,
  });
  return { code, out, err };
}

const kidsOf = (text: string): string[] => loadTokenKeys({ TOKEN_KEYS_FILE: 'made' }, () => text).map(({ kid }) => kid);

describe('keys create-token-key', () => {
  it('prints a file that the gateway takes', async () => {
    const { code, out } = await ran('keys', 'create-token-key', '--set', '--kid', 'first');

    expect(code).toBe(0);
    expect(kidsOf(out)).toEqual(['first']);
  });

  it('prints an entry of its own with every call', async () => {
    const entries = [await ran('keys', 'create-token-key', '--json'), await ran('keys', 'create-token-key', '--json')];

    const file = `{"keys": [${entries.map(({ out }) => out).join()}]}`;
    expect(new Set(kidsOf(file)).size).toBe(2);
  });

  it('shows people the entry, and says what to do with it', async () => {
    const { out } = await ran('keys', 'create-token-key');

    expect(kidsOf(`{"keys": [${/\{[^}]*\}/.exec(out)?.[0] ?? ''}]}`)).toHaveLength(1);
    expect(out).toMatch(/secret[^]*the first one signs/);
  });

  it('refuses a kid that the gateway would refuse', async () => {
    const { code, out, err } = await ran('keys', 'create-token-key', '--kid', 'a b');

    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/A kid is 1 to 64/);
  });
});

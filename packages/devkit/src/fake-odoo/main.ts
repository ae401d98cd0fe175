import { HELP, readArgs, UsageError, type Args } from './args';
import { FIRST_PARTNERS, FIRST_PRODUCTS } from './business/catalogue';
import { drive } from './drive';
import { FakeOdoo } from './fake-odoo';
import { seeded } from './random';
import type { Auth, Subscriber } from './subscriber';

const EXIT_USAGE = 64;

async function main(): Promise<void> {
  const args = readArgs(process.argv.slice(2), process.env);
  if (args === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { apiKey, seed } = args;
  const { version, database, ...login } = args.rpc;
  const rpc = { version, database, users: [{ id: 2, name: 'Mitchell Admin', ...login }] };
  const odoo = new FakeOdoo({ apiKey, seed, push: subscriber(args), debounceMs: 3000, history: 1000, rpc });
  if (!args.isEmpty) seedCatalogue(odoo);
  const url = await odoo.listen(args.port, args.host);
  const stop = drive(odoo, { ...args, random: seeded(seed + 2) });
  const finish = (): void => {
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1)); // asked twice means now
    stop();
    odoo.close().catch(fail);
  };
  process.once('SIGTERM', finish).once('SIGINT', finish);
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}

/** Whom and what the business deals with from its first day on, so that RPC finds them before they change. */
function seedCatalogue(odoo: FakeOdoo): void {
  odoo.seed(
    'res.partner',
    FIRST_PARTNERS.map((partner) => ({ ...partner, is_company: true })),
  );
  odoo.seed(
    'product.template',
    FIRST_PRODUCTS.map(({ id, code, name, price }) => ({ id, name, default_code: code, list_price: price })),
  );
}

function subscriber({ pushUrl, pushKey, pushAuth }: Args): Subscriber | undefined {
  return pushUrl === undefined ? undefined : { url: pushUrl, auth: auth(pushAuth, pushKey) };
}

function auth(type: Args['pushAuth'], key: string | undefined): Auth {
  if (type === 'none') return { type };
  if (type === 'api_key') return key === undefined ? { type } : { type, key };
  return key === undefined ? { type } : { type, token: key };
}

function fail(error: unknown): void {
  if (error instanceof UsageError) process.stderr.write(`fake-odoo: ${error.message} (see --help)\n`);
  else process.stderr.write(`fake-odoo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : 1;
}

main().catch(fail);

import type { Plan } from './plan';

/** How to try a data sync between two simulated Odoos: what for, and what to type in another terminal. */
export function syncCommands({ simulated: [from, to] }: Plan): [string, string][] {
  if (from === undefined || to === undefined) return [];
  const start = `  npm run --silent bridgecore -- data-sync start ${from.id} ${to.id} res.partner`;
  const names = `"http://127.0.0.1:${to.port}/__control/records?model=res.partner" | grep -o '"display_name":"[^"]*"'`;
  return [
    [`Try a sync of partners from ${from.id} to ${to.id}: a dry run, which writes nothing`, `${start} --dry-run`],
    ['Do it for real', start],
    [`See which partners ${to.id} has`, `  curl -s ${names}`],
  ];
}

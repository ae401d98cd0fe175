import type { Plan } from './plan';

/** Leaves the id of an answer, or all of it when it has none, so that an error is seen: not everybody has jq. */
const TAKE_ID = `sed 's/.*"job_id":"\\([^"]*\\)".*/\\1/'`;

/** How to try a data sync between two simulated Odoos: what for, and what to paste. */
export function syncCommands({ ports, simulated: [from, to] }: Plan, operatorKey: string): [string, string][] {
  if (from === undefined || to === undefined) return [];
  const url = `http://127.0.0.1:${ports.operator}/api/v1/data-sync`;
  const curl = `curl -s -w '\\n' -H "Authorization: Bearer ${operatorKey}"`;
  const start = (isDry: boolean): string => {
    const asked = { source_system_id: from.id, target_system_id: to.id, model: 'res.partner', dry_run: isDry };
    return [
      `  JOB=$(${curl} -H 'Content-Type: application/json' \\`,
      `    -d '${JSON.stringify(asked)}' \\`,
      `    ${url} | ${TAKE_ID}); echo "$JOB"`,
    ].join('\n');
  };
  const names = `"http://127.0.0.1:${to.port}/__control/records?model=res.partner" | grep -o '"display_name":"[^"]*"'`;
  return [
    [`Try a sync of partners from ${from.id} to ${to.id}: a dry run, which writes nothing`, start(true)],
    ['Do it for real', start(false)],
    ['See what has become of it; with /records behind $JOB, of each record in a dry run', `  ${curl} "${url}/$JOB"`],
    [`See which partners ${to.id} has`, `  curl -s ${names}`],
  ];
}

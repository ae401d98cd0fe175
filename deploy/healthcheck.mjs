// What the image's HEALTHCHECK asks the service beside it: `live` (restart it if not), or what its arguments name, as in
// `live ready`. The gateway answers on PORT, the others on HEALTH_PORT.
const gateway = process.env.SERVICE === 'gateway';
const port = gateway ? process.env.PORT || 8080 : process.env.HEALTH_PORT || 8082;
const given = gateway ? process.env.HOST : process.env.HEALTH_HOST;
const host = !given || given === '0.0.0.0' || given === '::' ? '127.0.0.1' : given;
const probes = process.argv.length > 2 ? process.argv.slice(2) : ['live'];

for (const probe of probes) {
  const answer = await fetch(`http://${host}:${port}/health/${probe}`, { signal: AbortSignal.timeout(4_000) });
  const told = await answer.text();
  if (answer.ok) continue;
  console.error(`${probe}: ${answer.status} ${told}`);
  process.exit(1);
}

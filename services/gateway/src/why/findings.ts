import { arrivalFindings } from './arrival-findings';
import { recordFindings } from './record-findings';
import { storeFindings } from './store-findings';
import { Facts, Finding, Severity } from './story';
import { systemFindings } from './system-findings';

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/**
 * What may be the reason, the most likely first: what is known of the record itself, then what keeps everything from
 * arriving, then what may. Pure: it judges what was found, and asks nobody.
 */
export function findingsOf(facts: Facts): Finding[] {
  const found = [
    ...recordFindings(facts),
    ...storeFindings(facts),
    ...systemFindings(facts),
    ...arrivalFindings(facts),
  ];
  return found.sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]); // stable: within a weight the order is that above
}

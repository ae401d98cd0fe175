import { rootManifest } from './paths.mjs';
import { StepFailed } from './steps.mjs';

/** Says so in plain words when this Node is too old: what it would say itself is a syntax error somewhere. */
export function checkNode(version = process.versions.node) {
  const wanted = rootManifest().engines.node.replace(/[^\d.]/g, '');
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new StepFailed(`BridgeCore needs Node ${wanted} or newer; this is ${version} (${process.execPath}).`, 69);
}

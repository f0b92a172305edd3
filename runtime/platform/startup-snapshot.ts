/** Node's startup snapshots: a program's heap, kept in a file, from which processes begin later. */
import { builtin, nodeProcess } from './platform.ts';

/** Asking V8's module takes milliseconds; without one of these there is nothing to ask. None may stand in `NODE_OPTIONS`. */
const FLAG = /^--(?:build-snapshot|experimental-sea-config|build-sea)/;

/**
 * Whether this process makes one. Then nothing of ours may begin: a timer that has been started, and does not keep the
 * program alive, would end the processes that begin from there, and all would write one file.
 *
 * @param restored - Called as each of those begins.
 */
export function makesSnapshot(restored: () => void): boolean {
  if (!nodeProcess?.execArgv.some((flag) => FLAG.test(flag))) return false;
  const snapshot = builtin('node:v8')?.startupSnapshot;
  if (!snapshot?.isBuildingSnapshot()) return false;
  snapshot.addDeserializeCallback(restored);
  return true;
}

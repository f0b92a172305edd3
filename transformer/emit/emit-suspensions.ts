import type { AroundEdit, BlockEdit, Edit, LoopEdit, SuspensionEdit } from './edits.ts';
import type {
  AwaitUsingPlan,
  DisposalPlan,
  FilePlan,
  FinallyPlan,
  ForAwaitPlan,
  SuspensionPlan,
} from '../plan/plan.ts';

/** Variables of the calls of some sites, from the inner to the outer. */
type CallsOf = (regions: readonly number[] /* site indices */) => readonly string[];

/** Spells the code that tells calls when they are suspended and when they run again. */
export function emitSuspensions(plan: FilePlan, callsOf: CallsOf): Edit[] {
  return [
    ...plan.suspensions.map((point) => suspension(point, callsOf)),
    ...plan.forAwaits.flatMap((loop) => forAwait(loop, callsOf)),
    ...plan.awaitUsings.map((point, index) => awaitUsing(point, callsOf, plan.names.disposal + index)),
    ...plan.disposals.map((block) => disposal(block, callsOf)),
    ...plan.finallies.map((block) => finalizer(block, callsOf)),
  ];
}

function suspension(
  { start, end, argument, place, regions }: SuspensionPlan,
  callsOf: CallsOf,
): SuspensionEdit {
  const calls = callsOf(regions);
  const close = ')'.repeat(calls.length);
  return {
    type: 'suspension',
    start,
    end,
    argument,
    place,
    before: openCalls(calls, 'resume'),
    argumentBefore: openCalls(calls.toReversed(), 'suspend'),
    argumentAfter: close,
    after: close,
  };
}

/** `{for await(x of $tka.suspend(…)){$tka.resume();…$tka.suspend();}$tka.resume();}` */
function forAwait(
  { start, end, iterable, body, labelled, jumps, regions }: ForAwaitPlan,
  callsOf: CallsOf,
): Edit[] {
  const calls = callsOf(regions);
  const suspend = statements(calls, 'suspend');
  const resume = statements(calls.toReversed(), 'resume');
  const loop: LoopEdit = {
    type: 'loop',
    start,
    end,
    iterable,
    iterableBefore: openCalls(calls.toReversed(), 'suspend'),
    iterableAfter: ')'.repeat(calls.length),
    body,
    bodyBefore: resume,
    bodyAfter: suspend,
  };
  const around: AroundEdit = { type: 'around', ...labelled, separator: '', before: '{', after: `${resume}}` };
  return [
    loop,
    around,
    ...jumps.map((jump): AroundEdit => {
      return { type: 'around', ...jump, separator: '', before: `{${suspend}`, after: '}' };
    }),
  ];
}

/**
 * Resources are disposed of in reverse: ours, declared last, comes first, whatever ends the block. One more before the
 * others would tell when they are done, but in code whose `using` was lowered it costs a turn of the microtask queue.
 */
function awaitUsing(
  { start, end, open, regions }: AwaitUsingPlan,
  callsOf: CallsOf,
  name: string,
): AroundEdit {
  const after = callsOf(regions)
    .toReversed()
    .map((call, depth) => `using ${name}_${depth}=${call}.suspender();`)
    .join('');
  return { type: 'around', start, end, separator: open ? ';' : '', before: '', after };
}

function disposal({ start, end, regions }: DisposalPlan, callsOf: CallsOf): AroundEdit {
  const resume = statements(callsOf(regions).toReversed(), 'resume');
  return { type: 'around', start, end, separator: '', before: 'try{', after: `}finally{${resume}}` };
}

function finalizer({ start, end, regions }: FinallyPlan, callsOf: CallsOf): BlockEdit {
  return { type: 'block', start, end, text: statements(callsOf(regions).toReversed(), 'resume') };
}

/** `a.suspend(b.suspend(`: the last of them is called first. */
function openCalls(calls: readonly string[], method: string): string {
  return calls.map((call) => `${call}.${method}(`).join('');
}

function statements(calls: readonly string[], method: string): string {
  return calls.map((call) => `${call}.${method}();`).join('');
}

import type { JobList } from '@basinlab/core';
import { shellLine } from '../arguments.js';
import { stoppedExitCode } from '../work.js';
import { resourcesOf, type SlurmOptions } from './options.js';

/** What a batch script is made of. */
export interface ScriptOptions {
  readonly list: JobList;
  readonly options: SlurmOptions;
  readonly kind: 'train' | 'measure' | 'report';
  /** File with one job's id per line, in the order of the tasks. */
  readonly names: string;
  /** Folder for counts of crashes. */
  readonly crashes: string;
}

/**
 * The batch script of a job array. Slurm signals it some time before the limit, and before it is preempted where the cluster says so (`send_user_signal`): the
 * job then ends at its next checkpoint and is put back into the queue. So is one whose process was killed, a bounded number of times; a preempted or lost one is
 * put back by Slurm.
 */
export function batchScript({ list, options, kind, names, crashes }: ScriptOptions): string {
  const { container = [] } = resourcesOf(options, kind);
  const start = shellLine([...container, ...(options.command ?? list.command), 'jobs', 'work', list.folder]);
  return `#!/bin/bash
# Written by basinlab for one job array; a task does the job of its line.
job=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellLine([names])})
${options.setup.join('\n')}
export BASINLAB_MARGIN=${options.margin}
leave() {
  interrupted=1
  kill -USR2 "$child" 2>/dev/null
}
trap leave USR2
# Cancelled or preempted: the process has been told as well.
trap interrupted=1 TERM
${start} "$job" &
child=$!
interrupted=1
while [ "$interrupted" = 1 ]; do
  interrupted=0
  wait "$child"
  code=$?
done
again() {
  echo "basinlab: $job $1; it is queued again"
  trap '' USR2 TERM
  scontrol requeue "$SLURM_JOB_ID" && sleep 30
  exit "$code"
}
[ "$code" = ${stoppedExitCode} ] && again 'stopped in time'
if [ "$code" -gt 128 ] && [ "$code" != 130 ] && [ "$code" != 143 ]; then
  count=${shellLine([crashes])}/$job.crashes
  crashed=$(($(cat "$count" 2>/dev/null || echo 0) + 1))
  echo "$crashed" >"$count"
  [ "$crashed" -le ${options.restarts} ] && again "ended with code $code"
fi
exit "$code"
`;
}

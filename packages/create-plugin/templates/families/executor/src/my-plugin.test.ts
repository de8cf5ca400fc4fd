import { createRequire } from 'node:module';
import { join } from 'node:path';
import { executorContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { thisProcess } from '@basinlab/core/store';
import { writeJobs } from '@basinlab/experiments';
import { myPluginExecutor } from './my-plugin.js';

// Jobs are command lines of the installed basinlab.
const basinlab = join(createRequire(import.meta.url).resolve('@basinlab/cli'), '../../bin/basinlab.mjs');

testContract(
  executorContract(myPluginExecutor, {
    options: {},
    command: [process.execPath, basinlab],
    submit: (list) => writeJobs({ ...list, executor: { id: myPluginExecutor.id, options: {} }, atOnce: 2, submitter: thisProcess() }),
  }),
);

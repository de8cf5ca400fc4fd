import type { AddCommand } from '../command.js';
import { addAlign } from './align.js';
import { addCheckGolden } from './check-golden.js';
import { addData } from './data.js';
import { addDiagnose } from './diagnose.js';
import { addEngine } from './engine.js';
import { addExport } from './export.js';
import { addImport } from './import.js';
import { addJobs } from './jobs.js';
import { addMeasure } from './measure.js';
import { addPlugins } from './plugins.js';
import { addQuery } from './query.js';
import { addReport } from './report.js';
import { addReproduce } from './reproduce.js';
import { addSweep } from './sweep.js';
import { addResume, addTrain } from './train.js';

/** Every command, in the order of the help text. */
export const commands: readonly AddCommand[] = [
  addReproduce,
  addTrain,
  addResume,
  addSweep,
  addJobs,
  addMeasure,
  addAlign,
  addDiagnose,
  addImport,
  addExport,
  addReport,
  addQuery,
  addPlugins,
  addData,
  addEngine,
  addCheckGolden,
];

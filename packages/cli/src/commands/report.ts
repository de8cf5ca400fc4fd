import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { examples, type AddCommand, type Outcome } from '../command.js';
import { usageError } from '@basinlab/experiments';
import { rewriteReport, type Summary } from '@basinlab/reproductions';
import { createContainer } from '../container.js';

/** `basinlab report DIR`: the report of a finished reproduction once more. */
export const addReport: AddCommand = (program, { finish }) => {
  program
    .command('report')
    .description('write report.html and the figures of a finished reproduction again, from its numbers')
    .argument('<dir>', 'folder of a reproduction, with summary.json')
    .addHelpText('after', examples([['basinlab report runs/mnist-mlp-lmc', 'after an update, or after a file was lost']]))
    .action((folder: string) => finish(rewrite(resolve(folder))));
};

async function rewrite(folder: string): Promise<Outcome> {
  const summary = await readSummary(folder);
  const report = await rewriteReport(createContainer().resolve('reproduction', summary.id), summary, folder);
  return { text: `Report: ${report}`, json: { report } };
}

async function readSummary(folder: string): Promise<Summary> {
  const path = join(folder, 'summary.json');
  let summary: unknown;
  try {
    summary = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw usageError('report', 'a folder with the summary.json of a finished reproduction', (error as Error).message);
  }
  const { id, rows } = (summary ?? {}) as Partial<Summary>;
  if (typeof id !== 'string' || !Array.isArray(rows)) throw usageError('report', 'a summary.json that basinlab wrote', path);
  return summary as Summary;
}

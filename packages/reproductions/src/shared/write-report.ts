import { join } from 'node:path';
import { atomicWrite } from '@basinlab/core/store';
import { renderReport } from '@basinlab/report';
import type { Reproduction, Summary } from './contract.js';

/** Writes `report.html` and the figures of a finished reproduction into its folder. Returns the report's path. */
export async function writeReport(reproduction: Reproduction, summary: Summary, out: string): Promise<string> {
  const { report, files } = await reproduction.report(summary, out);
  for (const [name, content] of Object.entries(files)) await atomicWrite(join(out, name), content);
  const path = join(out, 'report.html');
  await atomicWrite(path, renderReport(report));
  return path;
}

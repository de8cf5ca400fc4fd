import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Reproduction } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { atomicWrite } from '@basinlab/core/store';
import { fileName, modulePath, usageError } from '@basinlab/experiments';
import { renderIndex, type IndexEntry } from '@basinlab/report';
import { rewriteReport, type Summary } from '@basinlab/reproductions';
import { examples, pluginOption, whole, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { formatDuration } from '../progress/rate.js';
import { serveWatch } from '../watch/server.js';

interface ReportFlags {
  readonly watch?: boolean;
  readonly port: string;
  readonly plugin: readonly string[];
}

/** `basinlab report DIR`: the report of a finished reproduction once more, a page over many, or a live page of what runs. */
export const addReport: AddCommand = (program, context) => {
  program
    .command('report')
    .description(
      'write the report of a finished reproduction again, or index.html over all that are in a folder; with --watch serve a live page',
    )
    .argument('<dir>', 'folder of a reproduction, or of many')
    .option('--watch', 'serve a page on this machine that follows what runs in the folder, until Ctrl-C')
    .option('--port <number>', 'of the live page; 0 takes a free one', '0')
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab report runs/mnist-mlp-lmc', 'after an update, or after a file was lost'],
        ['basinlab report runs', 'index.html over every reproduction in it'],
        ['basinlab report --watch runs', 'training curves and progress while they run'],
      ]),
    )
    .action((folder: string, flags: ReportFlags) => context.finish(report(resolve(folder), flags, context)));
};

async function report(folder: string, { watch = false, port, plugin }: ReportFlags, context: CommandContext): Promise<Outcome> {
  if (watch) return follow(folder, whole('report', port, 0), context);
  const { registry } = await createContainerWith(plugin.map(modulePath));
  return existsSync(join(folder, 'summary.json')) ? rewrite(folder, registry) : writeIndex(folder, registry);
}

async function rewrite(folder: string, registry: Registry): Promise<Outcome> {
  const summary = await readSummary(folder);
  const written = await rewriteReport(registry.resolve('reproduction', summary.id), summary, folder);
  return { text: `Report: ${written}`, json: { report: written } };
}

async function follow(folder: string, port: number, { terminal, signal }: CommandContext): Promise<Outcome> {
  const server = await serveWatch(folder, port);
  terminal.log(`Live page of ${folder}: ${server.url} (Ctrl-C ends it)`);
  if (!signal.aborted) await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }));
  await server.close();
  return { text: '', json: null };
}

/** Writes `index.html` over the finished reproductions in a folder. */
async function writeIndex(folder: string, registry: Registry): Promise<Outcome> {
  const names = await readdir(folder).catch((error: Error) => {
    throw usageError('report', 'a folder with finished reproductions', error.message);
  });
  const finished = names.filter((name) => existsSync(join(folder, name, 'summary.json'))).sort();
  if (finished.length === 0)
    throw usageError('report', 'the folder of a finished reproduction, with summary.json, or one with such folders in it', folder);
  const reproductions = new Map(registry.list('reproduction').map((one) => [one.id, one]));
  const entries: IndexEntry[] = [];
  // One after the other: thousands of open files are more than a process may have.
  for (const name of finished) entries.push(await indexEntry(folder, name, reproductions, finished.length <= mostPictures));
  const path = join(folder, 'index.html');
  await atomicWrite(path, renderIndex(`Reproductions in ${basename(folder)}`, entries));
  return { text: `${entries.length} reproductions: ${path}`, json: { index: path, reproductions: finished } };
}

/** Pictures that one page holds; those of more reproductions stay files beside it. */
const mostPictures = 100;

async function indexEntry(
  folder: string,
  name: string,
  reproductions: ReadonlyMap<string, Reproduction>,
  embed: boolean,
): Promise<IndexEntry> {
  const { id, scale, engine, seconds, claims = [] } = await readSummary(join(folder, name));
  const known = reproductions.get(id);
  const count = (wanted: string): number => claims.filter(({ verdict }) => verdict === wanted).length;
  const picture = known?.figures.map(({ title }) => `${fileName(title)}.svg`).find((file) => existsSync(join(folder, name, file)));
  return {
    title: known?.title ?? id,
    href: `${encodeURIComponent(name)}/report.html`,
    facts: [
      ...(known === undefined ? [] : [`paper ${known.paper.id}, ${known.where}`]),
      `${id} --scale ${scale}`,
      engine,
      formatDuration(seconds),
    ].join(' · '),
    ...{ reproduced: count('reproduced'), notReproduced: count('not reproduced'), notComparable: count('cannot be compared') },
    ...(picture !== undefined && embed && { svg: await readFile(join(folder, name, picture), 'utf8') }),
    ...(picture !== undefined && !embed && { picture: `${encodeURIComponent(name)}/${encodeURIComponent(picture)}` }),
  };
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

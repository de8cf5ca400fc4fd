import { relative, resolve } from 'node:path';
import type { Scale } from '@basinlab/core';
import { textTable } from '@basinlab/report';
import { Option } from 'commander';
import {
  engineOption,
  examples,
  outOption,
  seedOption,
  setOption,
  type AddCommand,
  type CommandContext,
  type Outcome,
} from '../command.js';
import { applyOverrides, parseConfig, scales } from '@basinlab/experiments';
import { createContainer } from '../container.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';
import { formatDuration } from '../progress/rate.js';
import { catalogue, findReproduction, papers, reproduce } from '@basinlab/reproductions';

interface ReproduceFlags {
  readonly scale: Scale;
  readonly out?: string;
  readonly engine: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly fresh?: boolean;
}

/** `basinlab reproduce [ID]`: a figure or table of a paper, or the list of them. */
export const addReproduce: AddCommand = (program, context) => {
  program
    .command('reproduce')
    .description('reproduce a figure or table of a paper; without an id list them with status, command and cost')
    .argument('[id]', 'which one')
    .addOption(
      new Option('--scale <scale>', 'how much of it: a trial, minutes on two cores, or the whole').choices(scales).default('small'),
    )
    .addOption(outOption('runs/<id>'))
    .addOption(engineOption())
    .addOption(setOption())
    .addOption(seedOption())
    .option('--fresh', 'train again what is already in the folder')
    .addHelpText(
      'after',
      examples([
        ['basinlab reproduce', 'every figure and table of the three papers'],
        ['basinlab reproduce mnist-mlp-lmc', 'train, align, measure, report: a few minutes'],
        ['basinlab reproduce mnist-mlp-lmc --scale paper --out runs/lmc', 'the set-up of the paper'],
        ['basinlab reproduce mnist-mlp-lmc --set model.width=256', 'the same with narrower networks'],
      ]),
    )
    .action((id: string | undefined, flags: ReproduceFlags) =>
      context.finish(id === undefined ? listing() : runReproduction(id, flags, context)),
    );
};

function listing(): Outcome {
  const entries = catalogue.map((entry) => ({ ...entry, command: entry.status === 'available' ? `basinlab reproduce ${entry.id}` : null }));
  const width = Math.max(...entries.map(({ id }) => id.length));
  const text = Object.entries(papers).map(([letter, { title, url }]) => {
    const lines = entries
      .filter(({ paper }) => paper === letter)
      .flatMap(({ id, status, where, shows, cost, command }) => [
        `  ${id.padEnd(width)}  ${status.padEnd(9)}  ${where}: ${shows}`,
        `  ${' '.repeat(width)}  ${' '.repeat(9)}  cost: ${cost}${command === null ? '' : `; command: ${command}`}`,
      ]);
    return `${letter}: ${title}, ${url}\n\n${lines.join('\n')}\n`;
  });
  return { text: text.join('\n'), json: { papers, reproductions: entries } };
}

async function runReproduction(id: string, flags: ReproduceFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const reproduction = findReproduction(id);
  const overrides = flags.seed === undefined ? flags.set : [...flags.set, `seed=${flags.seed}`];
  const config = parseConfig(id, reproduction.config, applyOverrides(reproduction.defaults(flags.scale), overrides));
  const out = resolve(flags.out ?? `runs/${id}`);
  const registry = createContainer();
  const engine = await startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const command = [
    'npx basinlab reproduce',
    id,
    `--scale ${flags.scale}`,
    `--engine ${engine.id}`,
    ...overrides.map((override) => `--set ${quoted(override)}`),
  ].join(' ');
  try {
    const { summary, report } = await reproduce({
      reproduction,
      config,
      scale: flags.scale,
      out,
      fresh: flags.fresh ?? false,
      command,
      engine,
      registry,
      signal,
      since: 0,
      emit: (event) => progress.next(event),
    });
    progress.close();
    const where = relative(process.cwd(), report);
    const text = `${textTable(reproduction.table(summary))}\nDone in ${formatDuration(summary.seconds)} on ${engine.id}. Report: ${where.startsWith('..') ? report : where}`;
    return { text, json: summary };
  } finally {
    progress.close();
  }
}

const quoted = (text: string): string => (/^[\w.=,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

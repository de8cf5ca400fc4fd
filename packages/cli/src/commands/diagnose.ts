import type { MeasurementRow } from '@basinlab/core';
import {
  inForm,
  measurableOn,
  openRuns,
  splitNames,
  stageCosts,
  usageError,
  verdictOf,
  type SplitName,
  type StageCost,
} from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import { Option } from 'commander';
import {
  engineOption,
  examples,
  outOption,
  pluginOption,
  setOption,
  type AddCommand,
  type CommandContext,
  type Outcome,
} from '../command.js';
import { loadingToo } from '../container.js';
import { measureOpened } from '../measurements/opened.js';

interface DiagnoseFlags {
  readonly align: readonly string[];
  readonly split: SplitName;
  readonly form?: string;
  readonly epoch?: string;
  readonly samples: string;
  readonly seed: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly out?: string;
  readonly engine: string;
}

/** `basinlab diagnose A B`: where the alignment of two models fails. */
export const addDiagnose: AddCommand = (program, context) => {
  program
    .command('diagnose')
    .description(
      'say where the alignment of two models fails: maps at run time first, then one map for all, then weights averaged part by part',
    )
    .argument('<a>', 'the model that stays, DIR:N')
    .argument('<b>', 'the model that is moved, DIR:N')
    .addOption(new Option('--align <id...>', 'alignments: none, and ids of re-basin plugins').default(['none', 'weight-matching']))
    .addOption(new Option('--split <name>', 'which data').choices(splitNames).default('test'))
    .option('--form <architecture>', 'look at both in another form with the same function, such as gpt2-circuits')
    .option('--epoch <number>', 'epoch whose checkpoints are looked at (default: the last)')
    .option('--samples <number>', 'rows on which maps are fitted, and on which alignments take a loss', '2000')
    .addOption(outOption().makeOptionMandatory(false))
    .option('--seed <number>', 'seed of what is drawn at random', '1')
    .addOption(setOption())
    .addOption(pluginOption())
    .addOption(engineOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab diagnose runs/standard:1 runs/standard:2', 'by weight matching, beside no alignment'],
        ['basinlab diagnose runs/gpt2:1 runs/gpt2:2 --form gpt2-circuits --align circuit-matching', 'transformers'],
        ['basinlab diagnose runs/a:1 runs/b:1 --align activation-matching --out runs/diagnosis', 'keep the numbers and plots'],
      ]),
    )
    .action((a: string, b: string, flags: DiagnoseFlags) => context.finish(diagnose([a, b], flags, context)));
};

async function diagnose(refs: readonly string[], flags: DiagnoseFlags, context: CommandContext): Promise<Outcome> {
  const opened = await openRuns(refs, loadingToo(flags.plugin));
  const whole = opened.find(({ models }) => models === null);
  if (whole !== undefined) throw usageError('diagnose', 'two models, DIR:N DIR:N', whole.name);
  const { form } = flags;
  const runs = form === undefined ? opened : opened.map((named) => ({ ...named, run: inForm(named.run, form) }));
  const { leftOut, ...requests } = await measurableOn(
    runs.map(({ run }) => run),
    { measurements: ['diagnosis'], alignments: flags.align, set: flags.set },
  );
  for (const { reason } of leftOut) throw reason;
  const { engine, tables, files } = await measureOpened(runs, requests, { ...flags, split: [flags.split] }, context);
  const { rows } = tables[0]!.table;
  const found = flags.align.map((alignment) => {
    const own = rows.filter((row) => row['alignment'] === alignment);
    const costs = stageCosts(own);
    return { alignment, verdict: verdictOf(costs), costs, rows: own };
  });
  const text = found.flatMap(({ alignment, verdict, costs, rows: own }) => [
    alignment === 'none' ? 'Without alignment' : `Aligned by ${alignment}`,
    '',
    costTable(costs, own),
    '',
    verdict,
    '',
  ]);
  const json = { engine, models: refs, alignments: found.map(({ rows: parts, ...rest }) => ({ ...rest, parts })), files };
  return { text: [...text, ...files.map((file) => `Written: ${file}`)].join('\n'), json };
}

/** Losses above the ends, and how they came about at the worst place. */
function costTable(costs: readonly StageCost[], rows: readonly MeasurementRow[]): string {
  const ends = rows.filter((row) => row['stage'] === 'ends').map((row) => row['loss'] as number);
  return textTable({
    caption: `Loss above the mean of both models, ${((ends[0]! + ends[1]!) / 2).toFixed(4)} nats`,
    columns: [
      { header: 'what is asked' },
      { header: 'mean over places', align: 'right' },
      { header: 'worst', align: 'right' },
      { header: 'where' },
    ],
    rows: costs.map(({ stage, place, mean, worst }) => [stage, mean, worst, place]),
  });
}

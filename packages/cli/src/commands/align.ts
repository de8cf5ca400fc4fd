import { align, type Hop } from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import {
  engineOption,
  examples,
  outOption,
  pluginOption,
  setOption,
  whole,
  type AddCommand,
  type CommandContext,
  type Outcome,
} from '../command.js';
import { loadingToo } from '../container.js';
import { startEngine } from '../engines/select.js';
import { showProgress } from '../progress/progress-line.js';

interface AlignFlags {
  readonly with: string;
  readonly out: string;
  readonly samples: string;
  readonly seed: string;
  readonly engine: string;
  readonly form?: string;
  readonly format?: string;
  readonly along?: string;
  readonly optimizer?: boolean;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
}

/** `basinlab align A B`: moves one model's neurons onto another's. */
export const addAlign: AddCommand = (program, context) => {
  program
    .command('align')
    .description('move the neurons of model B onto those of model A; writes B aligned (safetensors) and what was moved (JSON)')
    .argument('<a>', 'the model that stays, DIR:N')
    .argument('<b>', 'the model that is moved, DIR:N')
    .addOption(outOption())
    .option('--with <id>', 'how: a plugin of family rebasin', 'weight-matching')
    .option('--form <architecture>', 'rewrite both to another form with the same function first, such as gpt2-circuits')
    .option(
      '--format <name>',
      'also write both as another library keeps them, such as transformers: B, aligned, in OUT/NAME, A in OUT/NAME-onto',
    )
    .option(
      '--along <epochs>',
      'compose local alignments: back along B to its first checkpoint, over to A, and on; all that both keep, or a list such as 0,1,2',
    )
    .option('--optimizer', 'also write what the optimizer keeps of B, moved with it, so that its training can go on')
    .option('--samples <number>', 'training samples on which activations are compared or a loss is taken', '5000')
    .option('--seed <number>', 'seed of random orders', '1')
    .addOption(setOption())
    .addOption(engineOption())
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab align runs/standard:1 runs/standard:2 --out runs/aligned', 'by weight matching'],
        [
          'basinlab align runs/gpt2:1 runs/gpt2:2 --form gpt2-circuits --with circuit-matching --out runs/aligned',
          'rotating the residual stream',
        ],
        [
          'basinlab align runs/gpt2:1 runs/gpt2:2 --form gpt2-circuits --with circuit-learned --set circuit-learned.steps=800 --out runs/aligned',
          'by gradients of the loss between both',
        ],
        [
          'basinlab align runs/six-layers:1 runs/four-layers:1 --out runs/aligned',
          'models of different depth or width, the larger one first',
        ],
        ['basinlab align runs/a:1 runs/b:1 --along all --optimizer --out runs/aligned', 'checkpoint by checkpoint, with the optimizer'],
      ]),
    )
    .action((a: string, b: string, flags: AlignFlags) => context.finish(runAlign(a, b, flags, context)));
};

async function runAlign(a: string, b: string, flags: AlignFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const { with: id, set, form, format, optimizer, out, plugin } = flags;
  const along =
    flags.along === undefined || flags.along === 'all' ? flags.along : flags.along.split(',').map((part) => whole('--along', part, 0));
  const work = align({
    ...{ a, b, out, with: id, set, form, format, along, optimizer, signal },
    ...{ samples: whole('--samples', flags.samples, 2), seed: whole('--seed', flags.seed, 0), load: loadingToo(plugin) },
    engine: (registry) => startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line)),
  });
  const { distances, groups, lost, conditions, padded, paddedIn, hops = [], ...rest } = await showProgress(work, terminal);
  const table = textTable({
    columns: [{ header: 'group' }, { header: 'units', align: 'right' }, { header: 'moved', align: 'right' }],
    rows: groups.map(({ group, units, moved, condition }) => [
      condition === undefined ? group : `${group} (condition number ${condition.toPrecision(2)})`,
      units,
      moved,
    ]),
  });
  const hopName = ({ model, epoch }: Hop['from']): string => `${model.toUpperCase()} of epoch ${epoch}`;
  return {
    text: [
      table,
      `Distance of the parameters: ${distances.before.toFixed(2)} before, ${distances.after.toFixed(2)} after. Written to ${rest.out}`,
      ...(padded ? [`Layers of ${paddedIn!.toUpperCase()} that pass on what they are given: ${padded.join(', ')}`] : []),
      ...hops.map(({ from, to, distance }) => `${hopName(from)} to ${hopName(to)}: ${distance.toFixed(4)} (1: a random rotation)`),
      ...(conditions ? [`Largest condition number of maps within heads: ${Math.max(...Object.values(conditions)).toPrecision(2)}`] : []),
      ...Object.entries(lost).map(([name, share]) => `Lost on the way back to its own form, ${name}: ${share.toExponential(1)}`),
    ].join('\n'),
    json: {
      ...rest,
      distances,
      groups,
      lost,
      ...(conditions && { conditions }),
      ...(padded && { padded, paddedIn }),
      ...(hops.length > 0 && { hops }),
    },
  };
}

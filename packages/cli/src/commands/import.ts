import { importModels, modulePath } from '@basinlab/experiments';
import { examples, outOption, pluginOption, setOption, type AddCommand, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';

interface ImportFlags {
  readonly out: string;
  readonly preset?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
}

/** `basinlab import FILES`: networks of PyTorch into a run. */
export const addImport: AddCommand = (program, context) => {
  program
    .command('import')
    .description('make a run out of networks trained with PyTorch, for measure and align; settings say which network they are')
    .argument('<files...>', 'state dicts (safetensors, or .pt), folders that transformers saved, or checkpoints of fairseq; one per model')
    .addOption(outOption())
    .option('--preset <id>', 'settings to start from: those of a preset')
    .option('--config <file>', 'settings to start from: a JSON file, or the config.json of a run')
    .addOption(setOption())
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab import a.safetensors b.safetensors --preset mnist-mlp-w --out runs/torch-w', 'two networks of one mask seed'],
        [
          'basinlab import net.safetensors --preset mnist-mlp-standard --set architecture.options.norm=batch --out runs/net',
          'other options',
        ],
        ['basinlab import gpt2-a gpt2-b --set dataset.id=tiny-shakespeare --out runs/gpt2', 'models that transformers saved'],
        [
          'basinlab import checkpoint_vh.pt checkpoint_vl.pt --set architecture.options.positions=128 --set dataset.id=text --out runs/sapiens',
          'checkpoints of fairseq, which run no code; the positions that both have',
        ],
        ['basinlab import exported.safetensors --out runs/back', 'a file of basinlab export, which knows its settings'],
      ]),
    )
    .action((files: readonly string[], flags: ImportFlags) => context.finish(importFiles(files, flags)));
};

async function importFiles(files: readonly string[], { plugin, ...flags }: ImportFlags): Promise<Outcome> {
  const container = await createContainerWith(plugin.map(modulePath));
  const { directory, experiment, network, parameters } = await importModels({
    ...{ ...container, ...flags, files },
    startEngine: () => startEngine('cpu', container.registry.list('engine'), () => undefined),
  });
  const what = `${files.length} ${network.architecture} ${files.length === 1 ? 'network' : 'networks'} (${network.breaking}, ${parameters} parameters)`;
  return { text: `${what}\nRun: ${directory}`, json: { directory, experiment, models: files.length, parameters } };
}

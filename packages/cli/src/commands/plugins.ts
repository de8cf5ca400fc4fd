import { families } from '@basinlab/core/container';
import { textTable } from '@basinlab/report';
import { examples, pluginOption, type AddCommand, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';

/** `basinlab plugins`: everything that experiments can name. */
export const addPlugins: AddCommand = (program, { finish }) => {
  program
    .command('plugins')
    .description('list what experiments can name, by family')
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab plugins', 'the built-in ones'],
        ['basinlab plugins --plugin ./my-breaking.mjs', 'with those of a module of yours'],
      ]),
    )
    .action(({ plugin }: { plugin: readonly string[] }) => finish(list(plugin)));
};

async function list(modules: readonly string[]): Promise<Outcome> {
  const { registry } = await createContainerWith(modules);
  const all = families.flatMap((family) =>
    registry.list(family).map((plugin) => ({ family, id: plugin.id, summary: 'summary' in plugin ? plugin.summary : null })),
  );
  return {
    text: textTable({
      columns: [{ header: 'family' }, { header: 'id' }, { header: 'what it is' }],
      rows: all.map(({ family, id, summary }) => [family, id, summary ?? '']),
    }),
    json: { plugins: all },
  };
}

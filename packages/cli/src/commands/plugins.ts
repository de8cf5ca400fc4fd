import { describePlugin, listRegistered, modulePath, type DescribedPlugin, type Setting } from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import { examples, pluginOption, type AddCommand, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { addTrust } from './trust.js';

/** `basinlab plugins [ID]`: everything that experiments can name, and what can be set. */
export const addPlugins: AddCommand = (program, context) => {
  const plugins = program
    .command('plugins')
    .description('list what experiments can name, by family, and where it is from; with an id, the settings of that one')
    .argument('[id]', 'one of them')
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab plugins', 'the built-in ones'],
        ['basinlab plugins w', 'what --set breaking.options.KEY=VALUE can change of W networks'],
        ['basinlab plugins --plugin ./my-breaking.mjs', 'with those of a module of yours; exit code 1 where one fails'],
        ['basinlab plugins trust runs/theirs', 'let the modules run that a run of others names'],
      ]),
    )
    .action((id: string | undefined, { plugin }: { plugin: readonly string[] }) => context.finish(show(id, plugin.map(modulePath))));
  addTrust(plugins, context);
};

async function show(id: string | undefined, modules: readonly string[]): Promise<Outcome> {
  const failed: { module: string; message: string }[] = [];
  const { registry } = await createContainerWith(modules, (module, { message }) => void failed.push({ module, message }));
  const one = id === undefined ? null : describePlugin(id, registry);
  const plugins = one ?? listRegistered(registry);
  const text = [
    one === null
      ? textTable({
          columns: [{ header: 'family' }, { header: 'id' }, { header: 'from' }, { header: 'what it is' }],
          rows: plugins.map((plugin) => [plugin.family, plugin.id, plugin.from, plugin.summary ?? '']),
        })
      : one.map(described).join('\n\n'),
    ...failed.map(({ message }) => `Failed: ${message}`),
  ].join('\n');
  return { text, json: { plugins, failed }, exitCode: failed.length === 0 ? 0 : 1 };
}

function described({ family, id, summary, from, place, settings }: DescribedPlugin): string {
  const head = `${family} ${id}${summary === null ? '' : `: ${summary}`}${from === null ? '' : ` (${from})`}`;
  return `${head}\n\n${place === null || settings.length === 0 ? 'Nothing to set.' : settingsTable(place, settings)}`;
}

function settingsTable(place: string, settings: readonly Setting[]): string {
  return textTable({
    columns: [{ header: '--set' }, { header: 'what' }, { header: 'default' }],
    rows: [
      [`${place}.id`, 'this plugin', null],
      ...settings.map(({ path, what, default: value, required }) => [
        `${place}.options.${path}`,
        what,
        required ? 'must be given' : value === undefined ? null : JSON.stringify(value),
      ]),
    ],
  });
}

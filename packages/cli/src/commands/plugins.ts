import { families, type Family, type Registry } from '@basinlab/core/container';
import { textTable } from '@basinlab/report';
import type { ZodType } from 'zod';
import { examples, pluginOption, type AddCommand, type Outcome } from '../command.js';
import { listSettings, modulePath, type Setting, suggestion, usageError } from '@basinlab/experiments';
import { createContainerWith } from '../container.js';

/** `basinlab plugins [ID]`: everything that experiments can name, and what can be set. */
export const addPlugins: AddCommand = (program, { finish }) => {
  program
    .command('plugins')
    .description('list what experiments can name, by family; with an id, the settings of that one')
    .argument('[id]', 'one of them')
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab plugins', 'the built-in ones'],
        ['basinlab plugins w', 'what --set breaking.options.KEY=VALUE can change of W networks'],
        ['basinlab plugins --plugin ./my-breaking.mjs', 'with those of a module of yours'],
      ]),
    )
    .action(async (id: string | undefined, { plugin }: { plugin: readonly string[] }) => {
      const { registry } = await createContainerWith(plugin.map(modulePath));
      return finish(id === undefined ? list(registry) : describe(id, registry));
    });
};

function list(registry: Registry): Outcome {
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

/** Where an experiment holds the options of a plugin. */
const places: Partial<Record<Family, string>> = {
  dataset: 'dataset',
  architecture: 'architecture',
  symmetryBreaking: 'breaking',
  optimizer: 'training.optimizer',
  schedule: 'training.schedule',
};

function describe(id: string, registry: Registry): Outcome {
  const found = families.flatMap((family) =>
    registry
      .list(family)
      .filter((plugin) => plugin.id === id)
      .map((plugin) => ({
        family,
        id,
        summary: 'summary' in plugin ? plugin.summary : null,
        place: places[family] ?? null,
        settings: 'options' in plugin ? listSettings(plugin.options as ZodType) : [],
      })),
  );
  if (found.length === 0) {
    const known = families.flatMap((family) => registry.list(family).map((plugin) => plugin.id));
    throw usageError('plugins', 'a plugin', id, suggestion(id, known));
  }
  const text = found.map(({ family, summary, place, settings }) => {
    const head = `${family} ${id}${summary === null ? '' : `: ${summary}`}`;
    if (place === null || settings.length === 0) return `${head}\n\nNothing to set.`;
    return `${head}\n\n${settingsTable(place, settings)}`;
  });
  return { text: text.join('\n\n'), json: { plugins: found } };
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

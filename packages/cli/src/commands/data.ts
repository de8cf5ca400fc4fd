import { DATASET_SOURCES, fetchDataset, listDatasets, mirrored, relocated, type DatasetSource } from '@basinlab/datasets';
import { textTable } from '@basinlab/report';
import { examples, pluginOption, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { modulePath, suggestion, usageError } from '@basinlab/experiments';
import { byteReporter, formatBytes } from '../progress/bytes.js';

interface FetchFlags {
  readonly url?: string;
  readonly mirror?: string;
  readonly plugin: readonly string[];
}

/** `basinlab data list | fetch`: data sets, and their files. */
export const addData: AddCommand = (program, context) => {
  const data = program.command('data').description('data sets: list, fetch');
  data
    .command('list')
    .description('data sets: whether they are here, how large, under which terms, and where')
    .addOption(pluginOption())
    .addHelpText('after', examples([['basinlab data list', 'what --set dataset.id=ID can name']]))
    .action(({ plugin }: FetchFlags) => context.finish(list(plugin)));
  data
    .command('fetch')
    .description('fetch the published files of a data set into the cache folder (BASINLAB_CACHE), check and unpack them')
    .argument('<id>', `which one: ${Object.keys(DATASET_SOURCES).join(', ')}`)
    .option('--url <address>', 'where to fetch its file from instead, for a set of one file')
    .option('--mirror <address>', 'folder on another server that has its files under their published names')
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab data fetch cifar10', '170 MB; after an interruption the same command goes on'],
        ['basinlab data fetch ogbn-arxiv --mirror https://example.org/ogb', 'from a mirror; checksums are those of the publisher'],
      ]),
    )
    .action((id: string, flags: FetchFlags) => context.finish(fetchFiles(id, flags, context)));
};

async function list(plugin: readonly string[]): Promise<Outcome> {
  const { registry } = await createContainerWith(plugin.map(modulePath));
  const datasets = await listDatasets(registry.list('dataset'));
  return {
    text: textTable({
      columns: [
        { header: 'id' },
        { header: 'available' },
        { header: 'download', align: 'right' },
        { header: 'licence' },
        { header: 'what' },
        { header: 'where' },
      ],
      rows: datasets.map(({ id, available, fetchable, bytes, licence, summary, where }) => [
        id,
        available ? 'yes' : 'no',
        fetchable ? (bytes === null ? 'size unknown' : formatBytes(bytes)) : null,
        licence,
        summary,
        where,
      ]),
    }),
    json: { datasets },
  };
}

async function fetchFiles(id: string, flags: FetchFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const { registry } = await createContainerWith(flags.plugin.map(modulePath));
  const known = registry.list('dataset').map((dataset) => dataset.id);
  if (!known.includes(id)) throw usageError('data fetch', 'a data set', id, suggestion(id, known));
  const source = DATASET_SOURCES[id];
  if (source === undefined) {
    const { available, where } = await registry.resolve('dataset', id).status();
    const state = available ? 'needs no fetching' : 'cannot be fetched by this command';
    return { text: `${id} ${state}: ${where}`, json: { id, fetched: false, available, where }, exitCode: available ? 0 : 1 };
  }
  const report = byteReporter(terminal, id);
  try {
    const { folder, fetched } = await fetchDataset(id, {
      sources: { [id]: sourceFrom(id, source, flags) },
      signal,
      onProgress: ({ phase, file, bytes, total }) => report({ doing: `${phase} ${file}`, bytes, total }),
    });
    return { text: `${id} ${fetched ? 'is here' : 'was here already'}: ${folder}`, json: { id, folder, fetched } };
  } finally {
    terminal.live('');
  }
}

function sourceFrom(id: string, source: DatasetSource, { url, mirror }: FetchFlags): DatasetSource {
  if (url !== undefined && mirror !== undefined) throw usageError('data fetch', '--url or --mirror', 'both');
  if (url !== undefined) return relocated(id, source, url);
  return mirror === undefined ? source : mirrored(source, mirror);
}

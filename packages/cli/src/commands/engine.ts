import { textTable } from '@basinlab/report';
import {
  doctor,
  installPlugin,
  installTensorflow,
  knownPlugins,
  listPlugins,
  type InstallOptions,
  type InstallProgress,
} from '@basinlab/xla/installer';
import { examples, pluginOption, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { modulePath, suggestion, usageError } from '@basinlab/experiments';

/** `basinlab engine list | install | doctor`: what runs the tensors. */
export const addEngine: AddCommand = (program, context) => {
  const engine = program.command('engine').description('what runs the tensors: list, install, check');
  engine
    .command('list')
    .description('engines and the plugins of XLA: what is there, what can be installed')
    .addOption(pluginOption())
    .addHelpText('after', examples([['basinlab engine list', 'which engine --engine auto would take']]))
    .action(({ plugin }: { plugin: readonly string[] }) => context.finish(list(plugin)));
  engine
    .command('install')
    .description(`fetch an engine into the cache folder, with your pip: ${installable().join(', ')}`)
    .argument('<id>', 'which one')
    .option('--wheel <file>', 'a wheel that is at hand, instead of a download')
    .option('--optional', 'only say so where it cannot be installed: exit code 0')
    .addHelpText(
      'after',
      examples([
        ['basinlab engine install cpu', 'XLA for processors, 63 MB'],
        ['basinlab engine install cuda13', 'XLA for NVIDIA GPUs'],
        ['basinlab engine install tensorflow', 'tfjs-node on a current TensorFlow'],
      ]),
    )
    .action((id: string, flags: InstallFlags) => context.finish(install(id, flags, context)));
  engine
    .command('doctor')
    .description('check all that the XLA engine needs, down to the numbers of a small program')
    .argument('[plugin]', 'id of a plugin, or the path of its library')
    .addHelpText('after', examples([['basinlab engine doctor', 'exit code 1 where something is wrong']]))
    .action((plugin: string | undefined) => context.finish(examine(plugin)));
};

interface InstallFlags {
  readonly wheel?: string;
  readonly optional?: boolean;
}

const installable = (): string[] => [
  ...knownPlugins.filter(({ builds }) => Object.keys(builds).length > 0).map(({ id }) => id),
  'tensorflow',
];

async function list(modules: readonly string[]): Promise<Outcome> {
  const { registry } = await createContainerWith(modules.map(modulePath));
  const engines = await Promise.all(
    registry.list('engine').map(async (engine) => ({ id: engine.id, summary: engine.summary, ...(await engine.status()) })),
  );
  const plugins = await listPlugins();
  const state = ({ found, installable: build }: (typeof plugins)[number]): string => {
    const usable = found.find(({ problem }) => problem === null);
    if (usable !== undefined) return `installed (${usable.source}): ${usable.path}`;
    if (found[0] !== undefined) return `not usable: ${found[0].problem ?? ''}`;
    return build === null ? 'not installed; install it with pip' : `not installed; ${(build.bytes / 1e6).toFixed(0)} MB`;
  };
  const text = [
    textTable({
      caption: 'Engines (--engine)',
      columns: [{ header: 'id' }, { header: 'available' }, { header: 'what' }, { header: 'where, or why not' }],
      rows: engines.map(({ id, summary, available, detail }) => [id, available ? 'yes' : 'no', summary, detail]),
    }),
    textTable({
      caption: 'Plugins of xla (engine install)',
      columns: [{ header: 'id' }, { header: 'for' }, { header: 'state' }],
      rows: plugins.map((plugin) => [plugin.id, plugin.title, state(plugin)]),
    }),
  ].join('\n');
  return { text, json: { engines, plugins } };
}

async function install(id: string, { wheel, optional }: InstallFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  if (!installable().includes(id)) throw usageError('engine install', 'an engine that can be installed', id, suggestion(id, installable()));
  const options: InstallOptions = { signal, onProgress: progressTo(terminal, id), ...(wheel === undefined ? {} : { wheelPath: wheel }) };
  try {
    const { path, installed } =
      id === 'tensorflow'
        ? await installTensorflow(options).then(({ module, ...rest }) => ({ ...rest, path: module }))
        : await installPlugin(id, options);
    return { text: `${id} ${installed ? 'is installed' : 'was installed already'}: ${path}`, json: { id, path, installed } };
  } catch (error) {
    if (optional !== true || signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return { text: `${id} is not installed, so a slower engine will be used: ${reason}`, json: { id, installed: false, reason } };
  } finally {
    terminal.live('');
  }
}

/** A redrawn line on a terminal, a line per phase elsewhere. */
function progressTo(terminal: CommandContext['terminal'], id: string): (progress: InstallProgress) => void {
  let phase = '';
  return (progress) => {
    const percent = progress.total > 0 ? Math.floor((100 * progress.bytes) / progress.total) : 0;
    const filled = Math.round(percent / 5);
    terminal.live(
      `${id}: ${progress.phase} [${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${percent}% of ${(progress.total / 1e6).toFixed(0)} MB`,
    );
    if (!terminal.interactive && progress.phase !== phase)
      terminal.log(`${id}: ${progress.phase}, ${(progress.total / 1e6).toFixed(0)} MB`);
    phase = progress.phase;
  };
}

async function examine(plugin: string | undefined): Promise<Outcome> {
  const checks = await doctor(plugin);
  const well = checks.every(({ ok }) => ok);
  const text = textTable({
    columns: [{ header: 'check' }, { header: 'result' }, { header: 'found' }, { header: 'what to do' }],
    rows: checks.map(({ name, ok, detail, remedy }) => [name, ok ? 'ok' : 'problem', detail, remedy ?? '']),
  });
  return { text: `${text}\n${well ? 'All is well.' : 'Something is wrong.'}`, json: { ok: well, checks }, exitCode: well ? 0 : 1 };
}

import {
  confirmModules,
  listTrusted,
  takeTrustBack,
  trustFile,
  typedModule,
  usageError,
  type ConfirmedModule,
} from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import type { Command } from 'commander';
import { examples, type CommandContext, type Outcome } from '../command.js';

/** `basinlab plugins trust | untrust`: which modules may run where a run names them. */
export function addTrust(plugins: Command, { finish }: CommandContext): void {
  plugins
    .command('trust')
    .description('let modules run from now on where runs name them, by their content; nothing of them is run now')
    .argument('[modules...]', 'paths, installed packages, or folders of runs, each for all modules that it names')
    .option('--list', 'list what is trusted on this machine')
    .addHelpText(
      'after',
      examples([
        ['basinlab plugins trust ./receptive-field.mjs', 'a module that you have looked into'],
        ['basinlab plugins trust basinlab-plugin-ring', 'an installed package, at this version'],
        ['basinlab plugins trust runs/theirs', 'what a run names, if it is what the run was made with'],
        ['basinlab plugins trust --list', 'what is trusted, and what has changed since'],
        ['basinlab plugins untrust ./receptive-field.mjs', 'take it back'],
      ]),
    )
    .action((names: readonly string[], { list }: { list?: boolean }) => finish(list === true ? listing() : confirm(names)));
  plugins
    .command('untrust')
    .description('take trust in modules back; what --plugin or a configuration names still runs')
    .argument('<modules...>', 'as they are listed: paths, packages or hashes')
    .addHelpText('after', examples([['basinlab plugins untrust ./receptive-field.mjs', 'every version of it']]))
    .action((names: readonly string[]) => finish(takeBack(names)));
}

async function confirm(names: readonly string[]): Promise<Outcome> {
  if (names.length === 0) throw usageError('plugins trust', 'a module, the folder of a run, or --list', 'none');
  const modules = await confirmModules(names);
  const text = modules.length === 0 ? 'No modules are named there.' : `${modules.map(described).join('\n')}\nKept in ${trustFile()}`;
  return { text, json: { modules, file: trustFile() } };
}

function described({ module, path, sha256, files, installed, isNew }: ConfirmedModule): string {
  const more = files.filter((file) => file !== path);
  return [
    `${isNew ? 'Trusted from now on' : 'Trusted already'}: ${typedModule(module)}`,
    `  file     ${path}`,
    ...more.map((file) => `  imports  ${file}`),
    ...(installed === null ? [] : [`  package  ${installed}`]),
    `  sha256   ${sha256}`,
  ].join('\n');
}

async function listing(): Promise<Outcome> {
  const modules = await listTrusted();
  const columns = ['module', 'now', 'sha256'].map((header) => ({ header }));
  const table = textTable({ columns, rows: modules.map(({ module, now, sha256 }) => [module, now, sha256]) });
  return {
    text: modules.length === 0 ? 'No module is trusted.' : `${table}\nKept in ${trustFile()}`,
    json: { modules, file: trustFile() },
  };
}

async function takeBack(names: readonly string[]): Promise<Outcome> {
  const modules = await takeTrustBack(names);
  const text = modules.map(({ module, sha256 }) => `Trusted no more: ${typedModule(module)}, sha256 ${sha256}`).join('\n');
  return { text, json: { modules, file: trustFile() } };
}

import { Command } from 'commander';
import type { CommandContext } from './command.js';
import { commands } from './commands/index.js';
import { version } from './version.js';

/** The whole command line; parsing it runs the chosen command. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('basinlab')
    .description('A laboratory for the symmetries of neural networks: train populations, align them, measure how they connect.')
    .version(version)
    .option('--json', 'print one JSON document on standard output; everything else goes to standard error')
    .option('--verbose', 'show where an error comes from')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => context.terminal.out(text),
      writeErr: (text) => context.terminal.log(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'basinlab: ')),
    })
    .showHelpAfterError('(basinlab --help shows what there is)')
    .exitOverride();
  for (const add of commands) add(program, context);
  for (const command of everyCommand(program)) command.copyInheritedSettings(program);
  return program;
}

const everyCommand = (command: Command): Command[] => command.commands.flatMap((child) => [child, ...everyCommand(child)]);

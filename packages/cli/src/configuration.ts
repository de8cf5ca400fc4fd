import { applyFolders, findConfiguration, suggestion, trustHere, usageError } from '@basinlab/experiments';
import type { Command } from 'commander';
import { createContainerWith } from './container.js';

/**
 * Lets the configuration of the working folder stand in for what the flags of a command leave open. A module of it that fails is told of and left out; what
 * was named by a flag must work. Returns what takes the folders back.
 */
export function useConfiguration(program: Command, log: (line: string) => void): () => void {
  let takeBack = (): void => undefined;
  program.hook('preAction', async (_, command) => {
    const found = await findConfiguration(process.cwd());
    if (found === null) return;
    takeBack = applyFolders(found);
    const { plugins, engine, file } = found;
    plugins.forEach(trustHere);
    // The list of plugins shows those that fail itself.
    const failed = new Map<string, string>();
    const { registry } = await createContainerWith(plugins, (module, { message }) => failed.set(module, message));
    const flags = command.opts<{ readonly plugin?: readonly string[] }>();
    if (flags.plugin !== undefined) {
      const listing = command.name() === 'plugins';
      if (!listing) failed.forEach((message) => log(`basinlab: left out of ${file}: ${message}`));
      const usable = listing ? plugins : plugins.filter((module) => !failed.has(module));
      command.setOptionValueWithSource('plugin', [...usable, ...flags.plugin], 'config');
    }
    if (engine === undefined || command.getOptionValueSource('engine') !== 'default') return;
    const known = ['auto', ...registry.list('engine').map(({ id }) => id)];
    if (!known.includes(engine)) throw usageError(file, 'engine must be one that is known', engine, suggestion(engine, known));
    command.setOptionValueWithSource('engine', engine, 'config');
  });
  return () => takeBack();
}

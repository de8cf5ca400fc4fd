import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ask } from './ask.js';
import { families, isFamily } from './families.js';
import { makePlugin, type PluginChoices } from './make-plugin.js';
import { isRunner, runners } from './runners.js';

const usage = `npm create @basinlab/plugin [folder] -- [--family FAMILY] [--name NAME] [--runner RUNNER]

Makes a TypeScript package with one working plugin and its contract test. Asks for what is left out where there is a terminal.

FAMILY:
${Object.entries(families)
  .map(([name, what]) => `  ${name.padEnd(13)} ${what}`)
  .join('\n')}
RUNNER: ${Object.keys(runners).join(', ')} (default: vitest)`;

/** Runs one command line. Resolves with its exit code: 0 done, 1 given up, 2 for what cannot be made. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const given = choicesOf(args);
    if (given === 'help') {
      console.log(usage);
      return 0;
    }
    const choices = complete(given) ?? (process.stdin.isTTY ? await ask(given) : demandAll(given));
    if (choices === null) return 1;
    const files = await makePlugin(choices);
    const where = relative(process.cwd(), resolve(choices.folder)) || '.';
    console.log(`${choices.name}: ${files.length} files in ${where}. Next:\n  cd ${where}\n  npm install\n  npm test`);
    return 0;
  } catch (error) {
    console.error(`create-plugin: ${(error as Error).message}`);
    return 2;
  }
}

function choicesOf(args: readonly string[]): Partial<PluginChoices> | 'help' {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { family: text, runner: text, name: text, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return 'help';
  const { family, runner, name } = values;
  if (positionals.length > 1) throw new Error(`one folder, got ${positionals.join(', ')}`);
  if (family !== undefined && !isFamily(family)) throw new Error(`--family: one of ${Object.keys(families).join(', ')}, got ${family}`);
  if (runner !== undefined && !isRunner(runner)) throw new Error(`--runner: one of ${Object.keys(runners).join(', ')}, got ${runner}`);
  return {
    ...(family !== undefined && { family }),
    ...(runner !== undefined && { runner }),
    ...(name !== undefined && { name }),
    ...(positionals[0] !== undefined && { folder: positionals[0] }),
  };
}

/** All choices, where only some that follow from the others were left out; null where one must be asked for. */
function complete({ family, runner = 'vitest', name, folder }: Partial<PluginChoices>): PluginChoices | null {
  const called = name ?? (folder === undefined ? undefined : basename(resolve(folder)));
  if (family === undefined || called === undefined) return null;
  return { family, runner, name: called, folder: folder ?? called.replace(/^@[^/]*\//, '') };
}

function demandAll({ family }: Partial<PluginChoices>): never {
  throw new Error(`${family === undefined ? '--family' : 'a folder or --name'} where there is no terminal to ask on, got none\n\n${usage}`);
}

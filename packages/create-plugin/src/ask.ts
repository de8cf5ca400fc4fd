import { basename, resolve } from 'node:path';
import { cancel, intro, isCancel, select, text } from '@clack/prompts';
import { families, type Family } from './families.js';
import type { PluginChoices } from './make-plugin.js';
import { namesOf } from './names.js';
import { runners, type Runner } from './runners.js';

/** Asks for what flags leave open. Null where the user gives up. */
export async function ask(given: Partial<PluginChoices>): Promise<PluginChoices | null> {
  intro('A plugin of Basinlab');
  try {
    const family =
      given.family ??
      answered(
        await select({
          message: 'What shall it be?',
          options: Object.entries(families).map(([value, hint]) => ({ value: value as Family, label: value, hint })),
        }),
      );
    const name =
      given.name ??
      answered(
        await text({
          message: 'Name of the package',
          initialValue: given.folder === undefined ? `basinlab-plugin-${family}` : basename(resolve(given.folder)),
          validate: problemOf,
        }),
      );
    const runner =
      given.runner ??
      answered(
        await select({
          message: 'What runs its tests?',
          options: Object.keys(runners).map((value) => ({ value: value as Runner, label: value })),
        }),
      );
    const folder = given.folder ?? answered(await text({ message: 'Folder', initialValue: `./${name.replace(/^@[^/]*\//, '')}` }));
    return { family, name, runner, folder };
  } catch (error) {
    if (error !== gaveUp) throw error;
    cancel('Nothing was made.');
    return null;
  }
}

const gaveUp = new Error('the user gave up');

function answered<T>(answer: T | symbol): T {
  if (isCancel(answer)) throw gaveUp;
  return answer as T;
}

function problemOf(name: string | undefined): string | undefined {
  try {
    namesOf(name ?? '');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

import { engineOption, examples, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainer } from '../container.js';
import { startEngine } from '../engines/select.js';
import { checkGolden, goldenChecks } from '@basinlab/golden';

interface CheckFlags {
  readonly engine: string;
  readonly only?: string;
}

/** `basinlab check-golden DIR`: recomputes a folder of fixtures and compares. */
export const addCheckGolden: AddCommand = (program, context) => {
  program
    .command('check-golden')
    .description('recompute every fixture of a folder from its inputs and compare; fixtures of unknown kinds are skipped')
    .argument('<dir>', 'folder with index.json and the files it names')
    .option('--only <text>', 'only fixtures whose id contains this text')
    .addOption(engineOption())
    .addHelpText('after', examples([['basinlab check-golden golden', 'a line per fixture, then N passed, N failed']]))
    .action((folder: string, flags: CheckFlags) => context.finish(check(folder, flags, context)));
};

async function check(folder: string, { engine, only }: CheckFlags, { terminal, json }: CommandContext): Promise<Outcome> {
  await startEngine(engine, createContainer().list('engine'), (line) => terminal.log(line));
  const report = await checkGolden(folder, {
    checks: goldenChecks,
    onLine: (line) => (json ? terminal.log(line) : terminal.out(line)),
    ...(only === undefined ? {} : { only: (id: string) => id.includes(only) }),
  });
  return { text: '', json: report, exitCode: report.failed > 0 ? 1 : 0 };
}

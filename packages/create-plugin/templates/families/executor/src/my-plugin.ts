import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandExecutor } from '@basinlab/experiments';
import { z } from 'zod';

const options = z.strictObject({
  /** A program with its arguments that runs a command line, such as `nice -n 10`, `ssh node7` or `podman exec lab`. Default: none. */
  under: z.string().default(''),
});

/** Runs the command lines of jobs under another program. */
export const myPluginExecutor = commandExecutor<z.output<typeof options>>({
  id: 'my-plugin',
  summary: 'processes under another program',
  options,
  async run(line, { under }, { cwd, signal }) {
    const [program, ...args] = [...under.split(/\s+/).filter((word) => word !== ''), ...line];
    const child = spawn(program!, args, { cwd, stdio: 'ignore' });
    signal.addEventListener('abort', () => child.kill(), { once: true });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
});

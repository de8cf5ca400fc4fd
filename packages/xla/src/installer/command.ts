import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; null where the command could not be started or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last few thousand characters. */
  readonly stderr: string;
}

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command to its end, without a shell; one that cannot be started gives code null. Aborting the signal kills it and rejects. The command
 * never outlives this process, however that ends (except by SIGKILL).
 */
export async function runCommand(
  command: readonly string[],
  { env, cwd, signal }: { env: NodeJS.ProcessEnv; cwd?: string; signal?: AbortSignal | undefined },
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const [name, ...rest] = command;
  // A group of its own: version managers put scripts before the real program, which would survive them.
  const detached = process.platform !== 'win32';
  const child = spawn(name!, rest, { env, cwd, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => {
    try {
      if (!detached || child.pid === undefined) child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended in this moment.
    }
  };
  const interrupt = (reason: NodeJS.Signals) => {
    stop();
    // Having listened, we must do what would have happened without, unless someone else takes care of it.
    if (process.listenerCount(reason) === 0) process.kill(process.pid, reason);
  };
  signal?.addEventListener('abort', stop);
  process.once('exit', stop);
  for (const reason of interrupts) process.once(reason, interrupt);
  try {
    return await new Promise((resolve, reject) => {
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
      child.on('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
      // Rejecting only once the process is gone lets the caller remove the files that it was writing.
      child.on('close', (code) => {
        if (signal?.aborted) reject(signal.reason as Error);
        else resolve({ code, stdout, stderr });
      });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    process.off('exit', stop);
    for (const reason of interrupts) process.off(reason, interrupt);
  }
}

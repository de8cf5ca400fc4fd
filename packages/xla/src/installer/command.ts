import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; null where the command could not be started or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last few thousand characters. */
  readonly stderr: string;
}

/** Runs a command to its end, without a shell; one that cannot be started gives code null. Aborting the signal kills it and rejects. */
export async function runCommand(
  command: readonly string[],
  { env, cwd, signal }: { env: NodeJS.ProcessEnv; cwd?: string; signal?: AbortSignal | undefined },
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const [name, ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(name!, rest, { env, cwd, signal, killSignal: 'SIGTERM', stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name !== 'AbortError') resolve({ code: null, stdout, stderr: error.message });
    });
    // Rejecting only once the process is gone lets the caller remove the files that it was writing.
    child.on('close', (code) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ code, stdout, stderr });
    });
  });
}

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { othersCanWrite } from '@basinlab/tensor/cache';
import type { Client, CompileOptions, Executable } from '../pjrt/index.js';

/** Bytes the folder may hold, and how many this process writes before it looks again. */
const LIMIT = 1 << 30;
const LOOK_AFTER = 1 << 26;
const DIGEST = 32;
/** A write takes seconds at most: a temporary file this old, in milliseconds, was left by a process that was killed. */
const ABANDONED = 600_000;

/**
 * Compiled programs in a folder, shared by processes: one file per program, named by a hash of its text, the compile options, the plugin's fingerprint
 * and the number of processors, among which the compiler divides the work when it compiles; the content is preceded by its SHA-256. A file that is
 * damaged or refused by the plugin is compiled again. Programs are native code: a folder or a file that others than this user can write is not used.
 */
export class ProgramStore {
  private written = LOOK_AFTER;
  private isPrivate: boolean | null = null;

  constructor(
    readonly folder: string,
    private readonly processors = availableParallelism(),
  ) {}

  load(client: Client, text: string, options?: CompileOptions): Executable {
    if (!this.isOurs()) return client.compile(text, options);
    const path = join(this.folder, `${this.key(client, text, options)}.pjrt`);
    return this.read(client, path, options) ?? this.compile(client, text, options, path);
  }

  /** Makes the folder, and looks once whether only this user can write to it. */
  private isOurs(): boolean {
    try {
      if (this.isPrivate === null) mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      return (this.isPrivate ??= othersCanWrite(this.folder) === null);
    } catch {
      return (this.isPrivate = false); // No folder, no programs on disk.
    }
  }

  private key(client: Client, text: string, options?: CompileOptions): string {
    return createHash('sha256')
      .update(JSON.stringify([client.fingerprint, options ?? {}, this.processors]))
      .update(text)
      .digest('hex')
      .slice(0, 40);
  }

  private read(client: Client, path: string, options?: CompileOptions): Executable | null {
    try {
      if (othersCanWrite(path) !== null) throw new Error('of others');
      const file = readFileSync(path);
      const program = file.subarray(DIGEST);
      if (!file.subarray(0, DIGEST).equals(digest(program))) throw new Error('damaged');
      const executable = client.deserialize(program, options);
      utimesSync(path, new Date(), new Date());
      return executable;
    } catch {
      return null; // Not there, damaged, or of another plugin build: compiling again is always right.
    }
  }

  private compile(client: Client, text: string, options: CompileOptions | undefined, path: string): Executable {
    const executable = client.compile(text, options);
    try {
      const program = executable.serialize();
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        writeFileSync(temporary, Buffer.concat([digest(program), program]), { mode: 0o600 });
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      this.written += program.length;
      if (this.written > LOOK_AFTER) this.prune();
    } catch {
      // A full disk, a read-only folder or a plugin that cannot serialize costs the next process a compilation, nothing else.
    }
    return executable;
  }

  /** Deletes the programs used longest ago until the folder is within its limit, and what killed processes left. */
  private prune(): void {
    this.written = 0;
    const files = readdirSync(this.folder)
      .map((name) => join(this.folder, name))
      .flatMap((path) => {
        // Another process may have deleted it in between.
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ path, stat }];
      })
      .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
    let total = 0;
    for (const { path, stat } of files) {
      total += stat.size;
      const isLeft = path.endsWith('.tmp') && Date.now() - stat.mtimeMs > ABANDONED;
      if (isLeft || total > LIMIT) rmSync(path, { force: true });
    }
  }
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

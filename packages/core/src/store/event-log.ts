import { open, readFile, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { BasinlabError } from '@basinlab/tensor';

/** A line of events.jsonl: any record with a `kind`; `time` is when it was written, ISO 8601. */
export interface LoggedEvent {
  readonly kind: string;
  readonly time: string;
  readonly [key: string]: unknown;
}

/** Appends records to a file of one JSON document per line. */
export interface EventLog {
  /** One line, in one write. Numbers that JSON lacks are written as the strings "NaN", "Infinity" and "-Infinity". */
  append(event: { readonly kind: string; readonly [key: string]: unknown }): Promise<void>;
  /** Makes all lines so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the log for appending; a last line torn by a crash is cut off first, so that the next one starts on its own line. */
export async function openEventLog(path: string): Promise<EventLog> {
  const file = await open(path, 'a');
  await cutTornLine(path, file);
  // Lines leave in the order of the calls, also where callers do not wait.
  let last = Promise.resolve();
  return {
    append(event) {
      const line = `${JSON.stringify({ time: new Date().toISOString(), ...event }, spellNumbers)}\n`;
      return (last = last.then(() => file.appendFile(line)));
    },
    async sync() {
      await last;
      await file.sync();
    },
    async close() {
      await last;
      await file.sync();
      await file.close();
    },
  };
}

async function cutTornLine(path: string, file: FileHandle): Promise<void> {
  const content = await readFile(path);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end === content.length) return;
  await truncate(path, end);
  await file.sync();
}

/** Events in the order written. What follows the last line end was torn by a crash and is left out; a broken line before it is an error. */
export async function readEvents(path: string): Promise<LoggedEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line, readNumbers) as LoggedEvent;
    } catch (error) {
      throw new BasinlabError(`${path}:${index + 1}`, 'must be a line of JSON', line, {
        remedy: 'The file is damaged; delete this line.',
        cause: error,
      });
    }
  });
}

const spellNumbers = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
const spelled = new Map<unknown, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);
const readNumbers = (_: string, value: unknown): unknown => spelled.get(value) ?? value;

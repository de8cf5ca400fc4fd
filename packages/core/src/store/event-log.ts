import { open, readFile } from 'node:fs/promises';
import { BasinlabError } from '@basinlab/tensor';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder } from './atomic-write.js';
import { fileError } from './file-error.js';

/** A line of events.jsonl: any record with a `kind`; `time` is when it was written, ISO 8601. */
export interface LoggedEvent {
  readonly kind: string;
  readonly time: string;
  readonly [key: string]: unknown;
}

/** How far a log was written at some moment: its length, and the CRC-32 of that many bytes. */
export interface LogMark {
  readonly bytes: number;
  readonly crc32: number;
}

/** Appends records to a file of one JSON document per line. */
export interface EventLog {
  /** One line, in one write. Numbers that JSON lacks are written as the strings "NaN", "Infinity" and "-Infinity". */
  append(event: { readonly kind: string; readonly [key: string]: unknown }): Promise<void>;
  /** Makes all lines so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the log for appending; a last line torn by a crash is cut off first, so that the next one starts on its own line. Every line ends with the
 * CRC-32 of all of the file before that field, so that lines that were changed, lost or exchanged are noticed. Logs of before that, without, go on with it.
 * @param since what the log held once: a log that does not begin with it has lost something
 * @throws BasinlabError for a damaged log, which is left as it is
 */
export async function openEventLog(path: string, since: LogMark | null = null): Promise<EventLog> {
  const fail = (error: unknown): never => {
    throw fileError(path, 'must be written', error);
  };
  const file = await open(path, 'a').catch(fail);
  let running: number;
  try {
    const content = await readFile(path);
    requireBeginning(path, content, since);
    const { end, crc32: sum } = parseLog(path, content);
    running = sum;
    if (end < content.length) {
      await file.truncate(end);
      await file.sync();
    }
    // Without its name in the folder all that is written to it would be lost with the power.
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    return fail(error);
  }
  // Lines leave in the order of the calls, also where callers do not wait.
  let last = Promise.resolve();
  return {
    append(event) {
      const record = JSON.stringify({ time: new Date().toISOString(), ...event }, spellNumbers).slice(0, -1);
      return (last = last.then(() => {
        const line = `${record}${seal(crc32(record, running))}\n`;
        running = crc32(line, running);
        return file.appendFile(line).catch(fail);
      }));
    },
    async sync() {
      await last;
      await file.sync().catch(fail);
    },
    async close() {
      try {
        await last;
        await file.sync().catch(fail);
      } finally {
        await file.close();
      }
    },
  };
}

/** Events in the order written. What follows the last line end was torn by a crash and is left out; a damaged line before it is an error. */
export async function readEvents(path: string): Promise<LoggedEvent[]> {
  return (await readLog(path)).events;
}

/** The events of a log, and how far it is: up to its last line end. */
export async function readLog(path: string): Promise<{ readonly events: LoggedEvent[]; readonly mark: LogMark }> {
  const content = await readFile(path).catch((error: unknown) => {
    throw fileError(path, 'must be a readable log of events', error);
  });
  const { events, end, crc32: sum } = parseLog(path, content);
  return { events, mark: { bytes: end, crc32: sum } };
}

const seal = (sum: number): string => `,"crc32":"${sum.toString(16).padStart(8, '0')}"}`;
const sealLength = seal(0).length;
const isSeal = (text: string): boolean => /^,"crc32":"[0-9a-f]{8}"\}$/.test(text);

const remedy =
  'The file is damaged: put back a copy of it, or move it away together with metrics.parquet to go on from the newest checkpoint without what was measured before';

function requireBeginning(path: string, content: Buffer, since: LogMark | null): void {
  if (since === null || (content.length >= since.bytes && crc32(content.subarray(0, since.bytes)) === since.crc32)) return;
  const got = content.length < since.bytes ? `${content.length} bytes` : 'others';
  throw new BasinlabError(path, `must begin with the ${since.bytes} bytes that metrics.parquet was made from`, got, { remedy });
}

function parseLog(path: string, content: Buffer): { events: LoggedEvent[]; end: number; crc32: number } {
  const events: LoggedEvent[] = [];
  let [start, running, sealed] = [0, 0, false];
  for (let end = content.indexOf(0x0a); end >= 0; end = content.indexOf(0x0a, start)) {
    const line = content.subarray(start, end);
    const record = parseLine(`${path}:${events.length + 1}`, line.toString());
    const tail = line.toString('latin1', Math.max(0, line.length - sealLength));
    if (isSeal(tail)) sealed = true;
    if (sealed && tail !== seal(crc32(line.subarray(0, -sealLength), running)))
      throw new BasinlabError(`${path}:${events.length + 1}`, 'must be a line as it was written, by its CRC-32', line.toString(), {
        remedy,
      });
    events.push(record);
    running = crc32(content.subarray(start, end + 1), running);
    start = end + 1;
  }
  return { events, end: start, crc32: running };
}

function parseLine(id: string, line: string): LoggedEvent {
  try {
    const event = JSON.parse(line, readNumbers) as LoggedEvent & { crc32?: string };
    delete event.crc32;
    return event;
  } catch (error) {
    throw new BasinlabError(id, 'must be a line of JSON', line, { remedy, cause: error });
  }
}

const spellNumbers = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
const spelled = new Map<unknown, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);
const readNumbers = (_: string, value: unknown): unknown => spelled.get(value) ?? value;

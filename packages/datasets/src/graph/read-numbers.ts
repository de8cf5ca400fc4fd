import { BasinlabError, demand } from '@basinlab/core';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** Receives every number of a table, in order of its rows. */
export type OnNumber = (value: number) => void;

/** A table without header, one row per line. */
export interface NumberTable {
  readonly rows: number;
}

/**
 * Streams a csv table of numbers, gzipped or not, through `onNumber` without holding its text: numbers are read from the
 * bytes, and only those with an exponent or more than 15 digits become strings.
 * @param columns numbers in each row
 * @throws BasinlabError for a missing file, a broken gzip file, rows of another length and anything that is no number
 */
export async function readNumbers(path: string, id: string, columns: number, remedy: string, onNumber: OnNumber): Promise<NumberTable> {
  const plain = await exists(path);
  const packed = `${path}.gz`;
  if (!plain && !(await exists(packed))) throw new BasinlabError(id, 'the file must be there', `no ${path} nor ${packed}`, { remedy });
  const reader = numberReader(id, columns, remedy, onNumber);
  const file = createReadStream(plain ? path : packed, { highWaterMark: 1 << 18 });
  const unpacked = plain ? file : file.pipe(createGunzip());
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) reader.push(chunk);
  } catch (cause) {
    if (cause instanceof BasinlabError) throw cause;
    throw new BasinlabError(id, plain ? 'the file must be readable' : 'a whole gzip file', (cause as Error).message, { remedy, cause });
  }
  return { rows: reader.end() };
}

const [COMMA, NEWLINE, RETURN, ZERO, NINE, MINUS, POINT] = [...',\n\r09-.'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
/** Other characters of numbers. */
const OTHERS = new Set([...'eE+-'].map((character) => character.charCodeAt(0)));
const LONGEST = 64;
/** Powers of ten that float64 holds exactly, as many as 15 digits need. */
const POWERS = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));

function numberReader(id: string, columns: number, remedy: string, onNumber: OnNumber): { push(chunk: Uint8Array): void; end(): number } {
  const text = new Uint8Array(LONGEST);
  let [length, whole, digits, fraction, hasPoint, isText] = [0, 0, 0, 0, false, false];
  let [row, column] = [0, 0];

  const where = (): string => `row ${row + 1}, column ${column + 1}`;
  const finish = (): void => {
    // Up to 15 digits both numbers are exact in float64, and so their quotient is the float64 nearest to what was written.
    let value = (text[0] === MINUS ? -whole : whole) / POWERS[fraction]!;
    if (isText || digits > 15) {
      value = Number(String.fromCharCode(...text.subarray(0, length)));
      demand(length > 0 && Number.isFinite(value), id, `a number at ${where()}`, String.fromCharCode(...text.subarray(0, length)), remedy);
    } else {
      if (digits === 0) demand(false, id, `a number at ${where()}`, 'nothing', remedy);
    }
    if (column === columns) demand(false, id, `${columns} numbers in row ${row + 1}`, 'more', remedy);
    onNumber(value);
    column++;
    length = whole = digits = fraction = 0;
    hasPoint = isText = false;
  };
  const endRow = (): void => {
    if (length === 0 && column === 0) return;
    finish();
    if (column !== columns) demand(false, id, `${columns} numbers in row ${row + 1}`, column, remedy);
    row++;
    column = 0;
  };
  return {
    push(chunk) {
      for (const byte of chunk) {
        if (byte >= ZERO && byte <= NINE) {
          whole = whole * 10 + byte - ZERO;
          digits++;
          if (hasPoint) fraction++;
        } else if (byte === COMMA) {
          finish();
          continue;
        } else if (byte === NEWLINE) {
          endRow();
          continue;
        } else if (byte === RETURN) {
          continue;
        } else {
          if (byte === POINT && !hasPoint) hasPoint = true;
          else if (byte !== MINUS || length > 0) {
            if (!OTHERS.has(byte)) demand(false, id, `a number at ${where()}`, String.fromCharCode(byte), remedy);
            isText = true;
          }
        }
        if (length === LONGEST) demand(false, id, `a number at ${where()}`, `more than ${LONGEST} characters`, remedy);
        text[length++] = byte;
      }
    },
    end() {
      endRow();
      return row;
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Reads `{"data": [[level, ...], ...]}` straight from its bytes into bytes: `JSON.parse` makes hundreds of megabytes of arrays of it first, and
 * takes several times as long.
 */
import { demand } from '@basinlab/core';

const [COMMA, OPEN, CLOSE, ZERO, NINE] = [...',[]09'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];
const PREFIX = /^\s*\{\s*"data"\s*:\s*\[/;
const SUFFIX = /^\s*\]\s*\}\s*$/;

/**
 * The images of a class, [images, pixels] bytes; empty rows are left out. `id` names the file in errors: another document, truncation, numbers
 * other than whole ones from 0 to 255 and rows of another length are refused.
 */
export function parseJsonImages(bytes: Uint8Array, pixels: number, id: string, remedy: string): Uint8Array {
  const head = PREFIX.exec(new TextDecoder().decode(bytes.subarray(0, 64)))?.[0];
  demand(head !== undefined, id, 'a JSON object with a list "data"', new TextDecoder().decode(bytes.subarray(0, 20)), remedy);
  // Each level takes two characters at least, its digit and a comma or bracket.
  const images = new Uint8Array(bytes.length >> 1);
  let filled = 0;
  let at = head.length;
  let rowStart = -1;
  let level = -1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE && rowStart >= 0) {
      level = (level < 0 ? 0 : level * 10) + byte - ZERO;
      refuseUnless(level <= 255, at);
    } else if (byte === COMMA) {
      if (rowStart < 0) continue;
      refuseUnless(level >= 0, at);
      images[filled++] = level;
      level = -1;
    } else if (byte === OPEN) {
      refuseUnless(rowStart < 0, at);
      rowStart = filled;
    } else if (byte === CLOSE) {
      if (rowStart < 0) break;
      if (level >= 0) images[filled++] = level;
      refuseUnless(filled - rowStart === pixels || filled === rowStart, at);
      rowStart = level = -1;
    } else {
      refuseUnless(byte === 32 || (byte >= 9 && byte <= 13), at);
    }
  }
  const rest = new TextDecoder().decode(bytes.subarray(at, at + 64));
  demand(SUFFIX.test(rest) && at + 64 >= bytes.length, id, 'a whole JSON document', `its end at byte ${bytes.length}`, remedy);
  return images.subarray(0, filled);

  function refuseUnless(condition: boolean, where: number): void {
    if (!condition) demand(false, id, `images of ${pixels} whole levels from 0 to 255`, `something else at byte ${where}`, remedy);
  }
}

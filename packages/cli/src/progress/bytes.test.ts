import { expect, test } from '@jest/globals';
import { openTerminal } from '../terminal.js';
import { byteReporter, formatBytes } from './bytes.js';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [5148, '5.1 kB'],
  [170_052_171, '170 MB'],
  [2.5e9, '2.5 GB'],
])('%p bytes are %p', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

function record(isTTY: boolean) {
  const written: string[] = [];
  let time = 0;
  const terminal = openTerminal({ write: () => true }, { isTTY, write: (text: string) => written.push(text) });
  return { written, report: byteReporter(terminal, 'set', () => time), at: (seconds: number) => (time = seconds) };
}

test('a bar is redrawn on a terminal', () => {
  const { written, report } = record(true);
  report({ doing: 'download a', bytes: 5e6, total: 1e7 });
  report({ doing: 'download b', bytes: 3e6, total: null });
  report({ doing: 'unpack b', bytes: 0, total: null });
  expect(written).toEqual([
    '\r\u001b[Kset: download a [##########..........] 50% of 10 MB',
    '\r\u001b[Kset: download b 3.0 MB',
    '\r\u001b[Kset: unpack b',
  ]);
});

test('elsewhere there is a line per file and every ten seconds', () => {
  const { written, report, at } = record(false);
  for (const [seconds, doing, bytes] of [
    [0, 'a', 0],
    [5, 'a', 1],
    [10, 'a', 2],
    [11, 'b', 0],
  ] as const) {
    at(seconds);
    report({ doing, bytes, total: 4 });
  }
  expect(written.map((line) => line.trim())).toEqual([
    'set: a [....................] 0% of 4 bytes',
    'set: a [##########..........] 50% of 4 bytes',
    'set: b [....................] 0% of 4 bytes',
  ]);
});

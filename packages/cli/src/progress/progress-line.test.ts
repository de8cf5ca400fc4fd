import { describe, expect, test } from '@jest/globals';
import { openTerminal } from '../terminal.js';
import { progressReporter } from './progress-line.js';
import { formatDuration } from './rate.js';

function record(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  let time = 0;
  const terminal = openTerminal({ write: (text: string) => written.push(`out:${text}`) }, stream);
  const reporter = progressReporter(terminal, () => time);
  return { written, terminal, reporter, at: (seconds: number) => (time = seconds) };
}

const event = (done: number, details: Record<string, number | string> = {}) =>
  ({ kind: 'progress', stage: 'train w', done, total: 10, unit: 'epoch', details }) as const;

describe('progress', () => {
  test('on a terminal one line is redrawn, with details and the time left', () => {
    const { written, reporter, at } = record(true);
    reporter.next(event(0));
    at(4);
    reporter.next(event(2, { loss: 0.041234, stepsPerSecond: 811.7 }));
    reporter.close();
    expect(written).toEqual([
      '\r\u001b[Ktrain w: epoch 0/10',
      '\r\u001b[Ktrain w: epoch 2/10, loss 0.04123, 812 steps/s, 0:16 left',
      '\r\u001b[K',
    ]);
  });

  test('elsewhere there is a line at the start, every ten seconds and at the end', () => {
    const { written, reporter, at } = record(false);
    for (const [seconds, done] of [
      [0, 0],
      [3, 1],
      [6, 2],
      [11, 3],
      [12, 4],
      [20, 10],
    ] as const) {
      at(seconds);
      reporter.next(event(done));
    }
    expect(written.map((line) => /epoch (\d+)/.exec(line)![1])).toEqual(['0', '3', '10']);
  });

  test('the time left of a resumed run counts from where it started', () => {
    const { written, reporter, at } = record(true);
    reporter.next(event(8));
    at(5);
    reporter.next(event(9));
    expect(written.at(-1)).toContain('0:05 left');
  });

  test('a line is cut to the width of the terminal; logs and results stay whole around it', () => {
    const { written, terminal } = record(true, 10);
    terminal.live('0123456789abc');
    terminal.log('a message');
    terminal.out('result');
    expect(written).toEqual(['\r\u001b[K012345678', '\r\u001b[Ka message\n012345678', '\r\u001b[K', 'out:result\n', '\r\u001b[K012345678']);
  });

  test('several lines are redrawn from the first', () => {
    const { written, terminal } = record(true, 10);
    terminal.live('one\ntwo');
    terminal.live('three');
    terminal.live('');
    expect(written).toEqual(['\r\u001b[Kone\ntwo', '\r\u001b[K\u001b[1A\u001b[Kthree', '\r\u001b[K']);
  });
});

test.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [3723, '1:02:03'],
  [-1, '0:00'],
])('%p seconds are %p', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createProgram } from './program.js';
import { openTerminal } from './terminal.js';

test('the commands that start again with their memory tuned are those that run an engine', () => {
  const [, names] = /\^\((.+)\)\$/.exec(readFileSync(new URL('../bin/basinlab.mjs', import.meta.url), 'utf8'))!;
  const program = createProgram({
    terminal: openTerminal(process.stdout, process.stderr),
    signal: new AbortController().signal,
    json: false,
    finish: async () => undefined,
  });
  const withEngine = program.commands
    .filter(({ options }) => options.some(({ long }) => long === '--engine'))
    .map((command) => command.name());
  expect(names!.split('|').toSorted()).toEqual(withEngine.toSorted());
});

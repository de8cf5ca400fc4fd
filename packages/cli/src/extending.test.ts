import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';
import { commandsOf, inFolder, root } from './testing/snippets.fixture.js';

const guide = readFileSync(join(root, 'docs', 'extending.md'), 'utf8');
const example = (name: string) => join(root, 'examples', name.startsWith('dead-units') ? 'custom-measurement' : 'custom-breaking', name);

// Step 2: declares the contract suites of the examples' plugins in this file.
await import(example('receptive-field.test.mjs'));
await import(example('dead-units.test.mjs'));

describe('docs/extending.md', () => {
  test.each(['receptive-field.mjs', 'receptive-field.test.mjs', 'dead-units.mjs', 'dead-units.test.mjs'])('shows %s as it is', (name) => {
    expect(guide).toContain(`\`\`\`js\n${readFileSync(example(name), 'utf8')}\`\`\``);
  });

  test('its commands train and measure the breaking', async () => {
    const [train, measure] = commandsOf(guide);
    const folder = mkdtempSync(join(tmpdir(), 'basinlab-extending-'));
    const quick = [
      'dataset.id=gaussian-blobs',
      'architecture.options={"inputs":8,"widths":[12,12],"outputs":4}',
      'training.epochs=1',
    ].flatMap((value) => ['--set', value]);
    try {
      const trained = await inProcess(...inFolder(train!, folder), ...quick, '--engine', 'cpu', '--json');
      expect({ code: trained.code, log: trained.code === 0 ? '' : trained.log }).toEqual({ code: 0, log: '' });
      const { experiment } = JSON.parse(trained.out) as { experiment: { breaking: unknown } };
      expect(experiment.breaking).toMatchObject({ id: 'receptive-field' });
      const measured = await inProcess(...inFolder(measure!, folder), '--engine', 'cpu');
      expect(measured.code).toBe(0);
      expect(measured.out).toMatch(/1-2\s+weight-matching/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('its commands measure, sweep and reproduce with the measurement and the figure', async () => {
    const [, , ...commands] = commandsOf(guide);
    const folder = mkdtempSync(join(tmpdir(), 'basinlab-extending-'));
    try {
      for (const words of commands) {
        const { code, log, out } = await inProcess(...inFolder(words, folder));
        expect({ words, code, log: code === 0 ? '' : log }).toEqual({ words, code: 0, log: '' });
        if (words[0] === 'measure') expect(out).toMatch(/dead-units: Share of units[^]*layers\.2[^]*cka:/);
        if (words[0] === 'sweep') expect(out).toContain('dead-units.dead');
        if (words[1] === 'dead-units-by-breaking') expect(out).toMatch(/share of dead units +w/);
      }
      expect(readFileSync(join(folder, 'lmc', 'report.html'), 'utf8')).toContain('Also measured: dead-units');
      const refused = await inProcess('measure', join(folder, 'w'), '--metric', 'dead-units');
      expect(refused.code).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 240_000);
});

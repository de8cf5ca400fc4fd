import { expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, train } from '@basinlab/experiments';
import { reproduceFigure } from '@basinlab/reproductions';
import { createContainer } from './container.js';
import { startEngine } from './engines/select.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('docs/library.md shows the example as it is, and what it calls does what the command does', async () => {
  const example = readFileSync(join(root, 'examples', 'library.mjs'), 'utf8');
  expect(readFileSync(join(root, 'docs', 'library.md'), 'utf8')).toContain(`\`\`\`js\n${example}\`\`\``);
  const folder = mkdtempSync(join(tmpdir(), 'basinlab-library-'));
  const engine = await startEngine('auto', createContainer().list('engine'), () => undefined);
  try {
    const run = train({ preset: 'mnist-mlp-w', scale: 'smoke', out: join(folder, 'w'), engine });
    const stages = new Set<string>();
    run.events.subscribe((event) => event.kind === 'progress' && stages.add(event.stage));
    const { models } = await run.result();
    expect(await run.result()).toEqual({ directory: join(folder, 'w'), models });
    expect(models).toHaveLength(2);
    expect(stages).toEqual(new Set(['train']));
    const metrics = ['cka', 'linear-mode-connectivity'];
    const tables = await measure({ run: join(folder, 'w'), metrics, align: ['none', 'weight-matching'], engine }).result();
    expect(tables['cka']!.rows.map(({ alignment, layer }) => `${alignment} ${layer}`)).toEqual(
      ['none', 'weight-matching'].flatMap((alignment) => [0, 1, 2].map((layer) => `${alignment} layers.${layer}`)),
    );
    const set = ['training.epochs=1', 'model.width=16', 'points=3', 'samples=100'];
    const { summary } = await reproduceFigure({ id: 'mnist-mlp-lmc', scale: 'smoke', set, out: join(folder, 'lmc'), engine }).result();
    expect(summary.claims).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

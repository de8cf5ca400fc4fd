import type { BarrierRow, InterpolationRow, TrainingRow } from './rows.js';
import type { Report } from './page/report.js';
import { barrierFigure } from './plots/barriers.js';
import { interpolationFigure } from './plots/interpolation.js';
import { trainingFigure } from './plots/training.js';
import { figureOf, type PlottedFigure } from './plots/figure-of.js';

const alignments = ['none', 'weight-matching', 'activation-matching'];

/** Invented curves with the shape of the real ones: `depth` is how far accuracy falls halfway, per network and alignment. */
export function sampleInterpolation(
  networks: readonly string[] = ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'],
): InterpolationRow[] {
  const depth = [
    [6, 0.6, 0.4],
    [7, 1.5, 1.1],
    [0.2, 0.15, 0.2],
    [0.9, 0.5, 0.3],
  ];
  return networks.flatMap((network, n) =>
    alignments.flatMap((alignment, a) =>
      [0, 1, 2, 3].flatMap((pair) =>
        Array.from({ length: 13 }, (_, i) => {
          const lambda = i / 12;
          return {
            network,
            alignment,
            pair: String(pair),
            lambda,
            value: 98.2 - 4 * lambda * (1 - lambda) * (depth[n % 4]![a]! * (1 + 0.2 * Math.sin(7 * pair + a))),
          };
        }),
      ),
    ),
  );
}

export function sampleBarriers(
  networks: readonly string[] = ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'],
): BarrierRow[] {
  return networks.flatMap((network, n) =>
    alignments.map((alignment, a) => ({
      network,
      alignment,
      mean: -6 / (1 + n) / (1 + 3 * a),
      standardError: 0.4 / (1 + n),
      paper: n === 2 && a === 0 ? -0.1 : null,
    })),
  );
}

export function sampleTraining(
  networks: readonly string[] = ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'],
): TrainingRow[] {
  return networks.flatMap((network, n) =>
    ['1', '2'].flatMap((model, m) =>
      ['train', 'validation'].flatMap((series, s) =>
        [1, 2, 3, 4].map((epoch) => ({ network, model, series, epoch, value: 99.5 - s - 4 / epoch - 0.2 * n + 0.1 * m })),
      ),
    ),
  );
}

/** Costs of swapping 12 units with each other: 0 on the diagonal, of both signs beside it. */
export function sampleCosts(text = ''): PlottedFigure {
  const units = Array.from({ length: 12 }, (_, unit) => unit);
  const rows = units.flatMap((a) => units.map((b) => ({ layer: `layer 1${text}`, a, b, cost: a === b ? 0 : Math.sin(a + 2 * b) / 3 })));
  const axis = (name: string, type: 'number' | 'text') => ({ name, summary: name, role: 'axis' as const, type });
  const cost = { name: 'cost', summary: 'rise of the loss', role: 'value' as const, type: 'number' as const, unit: 'loss' };
  const columns = [axis('layer', 'text'), axis('a', 'number'), axis('b', 'number'), cost];
  const plot = {
    kind: 'heatmap' as const,
    title: `Swap costs${text}`,
    x: 'b',
    y: 'a',
    value: 'cost',
    facet: ['layer'],
    scale: 'signed' as const,
  };
  return figureOf(plot, { columns, rows })!;
}

/** A report with everything in it; `text` is woven into every place that takes text. */
export function sampleReport(text = ''): Report {
  const networks = ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'].map((name) => name + text);
  return {
    title: `Linear mode connectivity of MNIST MLPs${text}`,
    lead: [
      `Standard networks are separated by a barrier that alignment removes; networks with fixed weights of scale 1 are connected as they are.${text}`,
    ],
    facts: [
      { label: 'id', value: `mnist-mlp-lmc${text}` },
      { label: 'scale', value: 'small' },
      { label: 'engine', value: 'xla (cpu)' },
      { label: 'seeds', value: 'init 1, 2; constants 7' },
      { label: 'time', value: '118 s' },
    ],
    sections: [
      {
        heading: `Barriers${text}`,
        paragraphs: [`The largest fall of accuracy below the better end of the path, in percent of it.${text}`],
        tables: [
          {
            caption: `Mean over pairs ± one standard error${text}`,
            columns: [
              { header: `network${text}` },
              { header: 'test accuracy (%)', align: 'right' },
              ...alignments.map((header) => ({ header, align: 'right' as const })),
            ],
            rows: networks.map((name, n) => [name, 98 - 0.1 * n, '-6.13 ± 0.40', '-1.02 ± 0.11', n === 0 ? null : '-0.80 ± 0.09']),
          },
        ],
        figures: [
          {
            figure: barrierFigure(sampleBarriers(networks), { title: `Barrier on test accuracy${text}`, quantity: `barrier (%)${text}` }),
            caption: `Lines: one standard error. Diamonds: the paper.${text}`,
          },
        ],
      },
      {
        heading: 'Paths',
        figures: [
          {
            figure: interpolationFigure(sampleInterpolation(networks), { title: 'Test accuracy along the path', quantity: 'accuracy (%)' }),
            caption: 'Bands: one standard error over pairs; faint lines: single pairs.',
          },
        ],
      },
      {
        heading: 'Training',
        figures: [
          {
            figure: trainingFigure(sampleTraining(networks), { title: 'Accuracy over training', quantity: 'accuracy (%)' }),
            caption: 'Faint lines: single models.',
          },
        ],
      },
      { heading: 'Costs', figures: [{ ...sampleCosts(text), caption: 'Blue: swapping lowers the loss.' }] },
    ],
    config: { models: 4, epochs: 8, note: text },
    command: `npx basinlab reproduce mnist-mlp-lmc --scale small --out runs/mnist${text}`,
    citations: [
      {
        text: `Beyond Structural Symmetries: Linear Mode Connectivity via Neuron Identifiability${text}`,
        url: 'https://arxiv.org/abs/2606.04754',
      },
      { text: 'A link that must not run', url: `javascript:alert(1)${text}` },
    ],
  };
}

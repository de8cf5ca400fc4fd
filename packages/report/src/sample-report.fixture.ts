import type { MeasurementColumn, MeasurementPlot, MeasurementRow } from '@basinlab/core';
import type { Report } from './page/report.js';
import { figureOf, type PlottedFigure } from './plots/figure-of.js';

const alignments = ['none', 'weight-matching', 'activation-matching'];
const breakings = ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'];

const axis = (name: string, type: 'number' | 'text'): MeasurementColumn => ({ name, summary: name, role: 'axis', type });
const value = (name: string, unit: string): MeasurementColumn => ({ name, summary: name, role: 'value', type: 'number', unit });
const drawn = (plot: MeasurementPlot, columns: readonly MeasurementColumn[], rows: readonly MeasurementRow[]): PlottedFigure =>
  figureOf(plot, { columns, rows })!;

/** Invented paths with the shape of real ones: `depth` is how far accuracy falls halfway, by breaking and alignment. */
export function samplePaths(names = breakings, title = 'Test accuracy along the path'): PlottedFigure {
  const depth = [
    [6, 0.6, 0.4],
    [7, 1.5, 1.1],
    [0.2, 0.15, 0.2],
    [0.9, 0.5, 0.3],
  ];
  const rows = names.flatMap((breaking, n) =>
    alignments.flatMap((alignment, a) =>
      [0, 1, 2, 3].flatMap((pair) =>
        Array.from({ length: 13 }, (_, i) => {
          const lambda = i / 12;
          const accuracy = 98.2 - 4 * lambda * (1 - lambda) * (depth[n % 4]![a]! * (1 + 0.2 * Math.sin(7 * pair + a)));
          return { breaking, alignment, pair, lambda, accuracy };
        }),
      ),
    ),
  );
  const columns = [
    axis('breaking', 'text'),
    axis('alignment', 'text'),
    axis('pair', 'number'),
    axis('lambda', 'number'),
    value('accuracy', '%'),
  ];
  return drawn({ kind: 'lines', title, x: 'lambda', y: 'accuracy', series: 'alignment', facet: ['breaking'] }, columns, rows);
}

/** Invented barriers of two pairs each. */
export function sampleBarriers(names = breakings, title = 'Barrier on test accuracy'): PlottedFigure {
  const rows = names.flatMap((breaking, n) =>
    alignments.flatMap((alignment, a) =>
      [0, 1].map((pair) => ({ breaking, alignment, pair, barrier: -6 / (1 + n) / (1 + 3 * a) + (0.4 * pair) / (1 + n) })),
    ),
  );
  const columns = [axis('breaking', 'text'), axis('alignment', 'text'), axis('pair', 'number'), value('barrier', '%')];
  return drawn({ kind: 'bars', title, x: 'alignment', y: 'barrier', facet: ['breaking'] }, columns, rows);
}

/** Invented training curves of two models. */
export function sampleTraining(names = breakings, title = 'Accuracy over training'): PlottedFigure {
  const rows = names.flatMap((breaking, n) =>
    [0, 1].flatMap((model) =>
      ['train', 'validation'].flatMap((split, s) =>
        [1, 2, 3, 4].map((epoch) => ({ breaking, model, split, epoch, accuracy: 99.5 - s - 4 / epoch - 0.2 * n + 0.1 * model })),
      ),
    ),
  );
  const columns = [
    axis('breaking', 'text'),
    axis('model', 'number'),
    axis('split', 'text'),
    axis('epoch', 'number'),
    value('accuracy', '%'),
  ];
  return drawn({ kind: 'lines', title, x: 'epoch', y: 'accuracy', series: 'split', facet: ['breaking'] }, columns, rows);
}

/** Costs of swapping 12 units with each other: 0 on the diagonal, of both signs beside it. */
export function sampleCosts(text = ''): PlottedFigure {
  const units = Array.from({ length: 12 }, (_, unit) => unit);
  const rows = units.flatMap((a) => units.map((b) => ({ layer: `layer 1${text}`, a, b, cost: a === b ? 0 : Math.sin(a + 2 * b) / 3 })));
  const columns = [axis('layer', 'text'), axis('a', 'number'), axis('b', 'number'), value('cost', 'loss')];
  const plot = {
    kind: 'heatmap' as const,
    title: `Swap costs${text}`,
    x: 'b',
    y: 'a',
    value: 'cost',
    facet: ['layer'],
    scale: 'signed' as const,
  };
  return drawn(plot, columns, rows);
}

/** A report with everything in it; `text` is woven into every place that takes text. */
export function sampleReport(text = ''): Report {
  const names = breakings.map((name) => name + text);
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
              { header: `breaking${text}` },
              { header: 'test accuracy (%)', align: 'right' },
              ...alignments.map((header) => ({ header, align: 'right' as const })),
            ],
            rows: names.map((name, n) => [name, 98 - 0.1 * n, '-6.13 ± 0.40', '-1.02 ± 0.11', n === 0 ? null : '-0.80 ± 0.09']),
          },
        ],
        figures: [{ ...sampleBarriers(names, `Barrier on test accuracy${text}`), caption: `Lines: one standard error.${text}` }],
      },
      {
        heading: 'Paths',
        figures: [{ ...samplePaths(names), caption: 'Bands: one standard error over pairs.' }],
      },
      {
        heading: 'Training',
        figures: [{ ...sampleTraining(names), caption: 'Bands: one standard error over models.' }],
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

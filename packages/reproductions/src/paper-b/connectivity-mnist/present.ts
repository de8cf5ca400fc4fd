import { groupBy, linesFigure, planeFigure, type Report, type Table } from '@basinlab/report';
import { readPoints, type FigurePoint } from '../connectivity/points.js';
import { assembleReport, short, type FiguredSection } from '../connectivity/report.js';
import type { Summary } from '../../shared/contract.js';
import { readPlane, type ModelResult, type PathRow, type RescaledRow } from './results.js';

const rescaledOf = ({ rows }: Summary): RescaledRow[] =>
  rows.filter(({ quantity }) => quantity === 'barrier to the rescaled self') as RescaledRow[];
const pathsOf = ({ rows }: Summary): PathRow[] =>
  rows.filter(({ quantity }) => quantity === 'loss barrier between two networks') as PathRow[];
const modelsOf = ({ details }: Summary): readonly ModelResult[] => (details as { models: readonly ModelResult[] }).models;
const cell = (value: number | null): string | null => (value === null ? null : short(value));

/** The result in the terminal. */
export const terminalTable = (summary: Summary): Table => ({
  caption: 'Test loss barriers in nats, and what theorem 6.2 certifies',
  columns: [
    { header: 'network' },
    { header: 'to' },
    { header: 'path' },
    { header: 'distance', align: 'right' },
    { header: 'barrier', align: 'right' },
    { header: 'certified', align: 'right' },
  ],
  rows: [
    ...rescaledOf(summary).map((row) => [
      row.network,
      `itself, rescaled by ${row.strength}`,
      'straight line',
      short(row.chord),
      short(row.mean),
      cell(row.epsilon),
    ]),
    ...pathsOf(summary).map((row) => [row.network, 'another network', row.path, short(row.distance), short(row.mean), null]),
  ],
});

const rescaledTable = (summary: Summary): Table => ({
  caption: 'From a network to its rescaled self',
  columns: [
    { header: 'network' },
    { header: 'strength', align: 'right' },
    { header: 'distance', align: 'right' },
    { header: 'length of the curve', align: 'right' },
    { header: 'curvature × distance', align: 'right' },
    { header: 'loss change on the curve', align: 'right' },
    { header: 'largest gradient', align: 'right' },
    { header: 'line to curve, at most', align: 'right' },
    { header: 'certified', align: 'right' },
    { header: 'measured barrier', align: 'right' },
  ],
  rows: rescaledOf(summary).map((row) => [
    row.network,
    String(row.strength),
    short(row.chord),
    short(row.length),
    short(row.curvature * row.chord),
    short(row.lossChange),
    short(row.lipschitz),
    cell(row.sagitta),
    cell(row.epsilon),
    short(row.mean),
  ]),
});

const pathTable = (summary: Summary): Table => ({
  caption: 'Between two networks trained apart',
  columns: [
    { header: 'network' },
    { header: 'path' },
    { header: 'distance of the ends', align: 'right' },
    { header: 'length', align: 'right' },
    { header: 'curvature', align: 'right' },
    { header: 'loss barrier (nats)', align: 'right' },
    { header: 'accuracy barrier (%)', align: 'right' },
  ],
  rows: pathsOf(summary).map((row) => [
    row.network,
    row.path,
    short(row.distance),
    short(row.length),
    row.curvature === null ? null : short(row.curvature),
    short(row.mean),
    short(row.accuracyBarrier),
  ]),
});

const modelTable = (summary: Summary): Table => ({
  caption: 'The networks on the test split',
  columns: [
    { header: 'network' },
    { header: 'model', align: 'right' },
    { header: 'accuracy (%)', align: 'right' },
    { header: 'loss', align: 'right' },
  ],
  rows: modelsOf(summary).map(({ network, model, accuracy, loss }) => [network, String(model), accuracy.toFixed(2), loss.toFixed(4)]),
});

/** The report and its figures as files, from the summary and the result files in `out`. */
export async function presentReport(summary: Summary, out: string): Promise<{ report: Report; files: Record<string, string> }> {
  const points = await readPoints(out);
  const cells = await readPlane(out);
  return assembleReport(summary, {
    title: 'Symmetry, curvature and connectivity of MNIST MLPs',
    lead: leadOf(summary),
    sections: [
      rescaledSection(summary, points),
      {
        heading: 'Between two networks trained apart',
        paragraphs: [
          'The straight line as it is; after weight matching has permuted the units of the second network; after its units have been rescaled towards the first as well. Learned curves keep the ends and have one trained point.',
        ],
        tables: [pathTable(summary), modelTable(summary)],
        figures: [
          {
            name: 'pairs',
            figure: linesFigure(points('pairs'), {
              title: 'Test loss along the paths between two networks',
              xLabel: 't',
              yLabel: 'cross entropy (nats)',
              yScale: 'log',
            }),
            caption: 'From the first network (t = 0) to the second. Barriers count from the straight line between the losses of the ends.',
          },
        ],
      },
      {
        heading: 'A plane of the loss',
        paragraphs: [
          'The plane runs through a network, its rescaled self and the middle of the symmetry-induced curve between them. The learned Bezier curve joins the same ends and is projected onto the plane.',
        ],
        figures: [
          {
            name: 'plane',
            figure: planeFigure(cells, points('plane'), {
              title: 'Test loss around a network and its rescaled self',
              quantity: 'cross entropy (nats)',
              // The rise beside the valley is far higher than what the paths differ by.
              clip: 0.5,
            }),
            caption: 'Darker is lower. The learned curve leaves the plane: the colours beneath it are not its loss.',
          },
        ],
      },
    ],
  });
}

function rescaledSection(summary: Summary, points: (figure: string) => FigurePoint[]): FiguredSection {
  const labels = [...groupBy(rescaledOf(summary), ({ network }) => network).keys()];
  const certificates = rescaledOf(summary).flatMap((row): FigurePoint[] => {
    const shared = { figure: 'certificates', panel: row.network, x: row.strength };
    const certified = row.epsilon === null ? [] : [{ ...shared, series: 'certified', y: row.epsilon }];
    return [{ ...shared, series: 'measured', y: row.mean }, ...certified];
  });
  return {
    heading: 'A network and its rescaled self',
    paragraphs: [
      'Every hidden unit is multiplied by a random positive factor, which the weights that read it take back: the function stays. Strength is the deviation of the logarithm of the factors. Theorem 6.2 bounds the loss on the straight line by the curvature of the curve, where curvature times distance is at most 2 and the arc at most half a circle; the largest gradient that was found between the two stands in for the Lipschitz constant, so that the certificate is as good as this estimate.',
    ],
    tables: [rescaledTable(summary)],
    figures: [
      ...labels.map((label, index) => ({
        name: index === 0 ? 'rescaled' : `rescaled-${index + 1}`,
        figure: linesFigure(points(`rescaled ${label}`), {
          title: `Test loss to the rescaled self, ${label}`,
          xLabel: 't',
          yLabel: 'cross entropy (nats)',
          shared: false,
        }),
        caption: 'The loss is constant along the symmetry-induced curve.',
      })),
      {
        name: 'certificates',
        figure: linesFigure(certificates, {
          title: 'Certified and measured change of the loss on the straight line',
          xLabel: 'strength of the rescaling',
          yLabel: 'change of the loss (nats)',
          xScale: 'log',
          yScale: 'log',
        }),
        caption: 'No bound is shown where the theorem does not apply.',
      },
    ],
  };
}

/** What was done and what came out, from the numbers alone. */
function leadOf(summary: Summary): string[] {
  const rescaled = rescaledOf(summary);
  const certified = rescaled.filter(({ applies }) => applies);
  const kept = certified.filter((row) => row.mean <= row.epsilon!);
  const change = Math.max(...rescaled.map(({ lossChange }) => lossChange));
  const found = [...groupBy(pathsOf(summary), ({ network }) => network)].map(([network, rows]) => {
    const of = (path: PathRow['path']): string => short(rows.find((row) => row.path === path)!.mean);
    return `Between two networks (${network}) the straight line has a loss barrier of ${of('straight line')} nats, ${of('straight line, permuted')} once units are permuted, ${of('straight line, permuted and rescaled')} once they are rescaled too; a learned Bezier curve has ${of('Bezier curve')}, a polygonal chain ${of('polygonal chain')}.`;
  });
  return [
    `MLPs trained on MNIST are joined by curves that the symmetries of the network induce, by straight lines and by learned curves. Along the symmetry-induced curves the test loss changes by at most ${short(change)} nats.`,
    `The curvature of the curve certifies the straight line to the rescaled self in ${certified.length} of ${rescaled.length} cases; the measured barrier is within the bound in ${kept.length} of them.`,
    ...found,
  ];
}

import { demand, evenly } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { childKey } from '@basinlab/core/random';
import { z } from 'zod';
import { pathColumns, pathPlots, pathRows } from '../networks/path-rows.js';
import { learnPath, lossAlongPath, shapeOfPath } from './learn-path.js';

const count = z.number().int();
const names = { bezier: 'Bezier curve', chain: 'polygonal chain' } as const;

/** Loss along learned paths between two models, trained on the training split: see {@link learnPath}. Fixed weights stay fixed. */
export const learnedPaths = defineMeasurement({
  id: 'learned-paths',
  summary: 'Bezier curve and polygonal chain between two models, trained to low loss',
  of: 'pair',
  needs: { weights: 'raw', examples: true },
  options: z.strictObject({
    shapes: z
      .array(z.enum(['bezier', 'chain']))
      .min(1)
      .default(['bezier', 'chain'])
      .describe('shapes of the paths'),
    points: count.min(3).default(11).describe('points on every path, both ends included'),
    intervals: count.positive().default(16).describe('steps in which curvature and length are measured'),
    epochs: count.positive().default(3).describe('epochs of training'),
    learningRate: z.number().positive().default(3e-3).describe('of Adam, falling along a cosine'),
    batch: count.positive().default(64).describe('rows per step'),
  }),
  columns: pathColumns,
  plots: pathPlots,
  async *measure({ a, b }, { shapes, points, intervals, ...training }, { network, examples, task, graph, splits, execution, key, signal }) {
    const { train } = splits;
    demand(train !== undefined, 'learned-paths', 'a training split', Object.keys(splits));
    for (const shape of shapes) {
      const options = { ...training, shape, execution, signal, key: childKey(key, shape) };
      const learned = await learnPath(network, [a.variables, b.variables], { examples: train, task, graph }, options);
      try {
        const found = await lossAlongPath(learned, evenly(points), { examples, task, graph });
        yield pathRows({ path: names[shape], ...found, ...(await shapeOfPath(learned, intervals)) });
      } finally {
        learned.dispose();
      }
    }
  },
});

import { suggestion, usageError } from '@basinlab/experiments';
import { catalogue } from './catalogue.js';
import type { Reproduction } from './shared/contract.js';
import {
  connectivityApproximateAction,
  connectivityComponents,
  connectivityCurves,
  connectivityRescaling,
} from './paper-b/connectivity/index.js';
import { connectivityMnist } from './paper-b/connectivity-mnist/index.js';
import { mnistMlpLmc } from './paper-a/mnist-mlp-lmc/index.js';

const available: Readonly<Record<string, Reproduction>> = Object.fromEntries(
  [mnistMlpLmc, connectivityComponents, connectivityCurves, connectivityRescaling, connectivityApproximateAction, connectivityMnist].map(
    (reproduction) => [reproduction.id, reproduction as Reproduction],
  ),
);

/** The reproduction of an id. Throws a usage error for ids that do not exist, or are planned only. */
export function findReproduction(id: string): Reproduction {
  if (Object.hasOwn(available, id)) return available[id]!;
  const ids = catalogue.map((entry) => entry.id);
  if (ids.includes(id))
    throw usageError('reproduce', `a reproduction that is available (${Object.keys(available).join(', ')})`, `${id}, which is planned`);
  throw usageError('reproduce', 'the id of a reproduction', id, suggestion(id, ids));
}

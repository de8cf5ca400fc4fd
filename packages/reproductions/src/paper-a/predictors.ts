import type { MeasurementRow, ResultTables } from '@basinlab/core';
import { groupBy } from '@basinlab/report';

/** What is known before training, of the first hidden layer's weights and of the data, by the name of its column. */
export const predictors = {
  outputGap: 'gamma_out',
  inputGap: 'gamma_in',
  coherence: 'coherence',
  greatestAnisotropy: 'largest anisotropy',
  fixedScale: 'fixed scale',
  k: 'dimension of the data',
  width: 'width',
  sparsity: 'sparsity',
} as const;

const labelKey = (row: MeasurementRow): string => JSON.stringify([row['fixedScale'], row['k'], row['width'], row['sparsity']]);

/** One row per setting: predictors from before training, the barrier after it. */
export function joinPredictors({
  'neuron-gaps': gaps,
  'subspace-coherence': coherences,
  'linear-mode-connectivity': paths,
}: ResultTables): MeasurementRow[] {
  const barriers = groupBy(
    paths!.rows.filter(({ lambda }) => lambda === null),
    labelKey,
  );
  const ofFirstLayer = (rows: readonly MeasurementRow[]) =>
    groupBy(
      rows.filter(({ layer, model }) => layer === 'layers.0' && model === '1'),
      labelKey,
    );
  const [gapsOf, coherencesOf] = [ofFirstLayer(gaps!.rows), ofFirstLayer(coherences!.rows.filter(({ violation }) => violation === null))];
  return [...barriers].map(([key, own]): MeasurementRow => {
    const { fixedScale, k, width, sparsity } = own[0]!;
    const [gap, about] = [gapsOf.get(key)![0]!, coherencesOf.get(key)![0]!];
    return {
      ...{ fixedScale: fixedScale!, k: k!, width: width!, sparsity: sparsity! },
      outputGap: gap['outputGap']!,
      inputGap: gap['inputGap']!,
      coherence: about['coherence']!,
      greatestAnisotropy: about['greatestAnisotropy']!,
      barrier: own.reduce((sum, row) => sum + (row['lossBarrier'] as number) / own.length, 0),
    };
  });
}

import { toReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues, referenceMlp, renamed } from './reference-mlp.js';

/** Plain parameters of the standard network that equals an asymmetric one, and the logits of both. */
export const convertToStandardCheck: GoldenCheck = {
  kinds: ['convert_to_standard'],
  compute: (fixture) =>
    hostValues(() => {
      const { network, variables } = referenceMlp(fixture, 'asym.');
      const converted = network.toStandard(variables);
      const { logits } = network.standard.apply(converted, toDevice(inputOf(fixture, 'x')));
      return { ...renamed(converted.params, (name) => `standard.${toReferenceName(name)}`), logits };
    }),
};

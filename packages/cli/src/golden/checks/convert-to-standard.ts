import { toReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck } from '../contract.js';
import { asTensor, referenceMlp, valuesUnder } from './reference-mlp.js';

/** Plain parameters of the standard network that equals an asymmetric one, and the logits of both. */
export const convertToStandard: GoldenCheck = {
  kinds: ['convert_to_standard'],
  async compute(fixture) {
    const { network, variables } = referenceMlp(fixture, 'asym.');
    const converted = network.toStandard(variables);
    const { logits } = network.standard.apply(converted, asTensor(fixture.inputs['x']!));
    return {
      ...(await valuesUnder(converted.params, (name) => `standard.${toReferenceName(name)}`)),
      logits: await logits.data(),
    };
  },
};

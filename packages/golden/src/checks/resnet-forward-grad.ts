import { crossEntropy, valueAndGradients } from '@basinlab/core/training';
import { toReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues, renamed } from './reference-mlp.js';
import { imagesOf, referenceResnet } from './reference-resnet.js';

/** Logits, loss and gradients of a whole residual network. */
export const resnetForwardGradCheck: GoldenCheck = {
  kinds: ['resnet20_forward_grad'],
  compute: (fixture) =>
    hostValues(() => {
      const { network, variables } = referenceResnet(fixture);
      const x = imagesOf(fixture, 'x');
      const labels = toDevice(inputOf(fixture, 'labels'));
      const { value, gradients, aside } = valueAndGradients((params) => {
        const { logits } = network.apply({ ...variables, params }, x, { training: true });
        return { value: crossEntropy(logits, labels), aside: logits };
      }, variables.params);
      return { logits: aside, loss: value, ...renamed(gradients, (name) => `grad.${toReferenceName(name)}`) };
    }),
};

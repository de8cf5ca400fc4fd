import { measurementOf } from '@basinlab/core/measurement';
import { linearCka } from './linear-cka.js';

/** {@link linearCka} of a pair, layer by layer. */
export const ckaMeasurement = measurementOf(linearCka, {
  summary: 'Linear centred kernel alignment of the activations of two models',
  axes: [
    { name: 'layer', summary: 'layer that is compared', type: 'text' },
    { name: 'site', summary: 'where in the layer', type: 'text' },
  ],
  plots: [{ kind: 'bars', title: 'Linear CKA', x: 'layer', y: 'value' }],
});

import type { Architecture, SymmetryBreaking } from '@basinlab/core';
import { deepLinear } from './architectures/deep-linear.js';
import { gnn } from './architectures/gnn.js';
import { mlp } from './architectures/mlp.js';
import { resnet } from './architectures/resnet.js';
import { scalarMaskedRelu } from './architectures/scalar-masked-relu.js';
import { bernoulliMask } from './breakings/bernoulli-mask.js';
import { biasOnly } from './breakings/bias-only.js';
import { linearResidual } from './breakings/linear-residual.js';
import { sigma } from './breakings/sigma.js';
import { standard } from './breakings/standard.js';
import { syre } from './breakings/syre.js';
import { w } from './breakings/w.js';

/** Every architecture of this package. */
export const builtinArchitectures: readonly Architecture[] = [mlp, resnet, gnn, scalarMaskedRelu, deepLinear];

/** Every symmetry breaking of this package. */
export const builtinBreakings: readonly SymmetryBreaking[] = [standard, w, sigma, syre, linearResidual, biasOnly, bernoulliMask];

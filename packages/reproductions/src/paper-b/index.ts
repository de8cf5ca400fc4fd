import type { Reproduction } from '@basinlab/core';
import { approximateActionFigure } from './approximate-action.js';
import { componentsFigure } from './components.js';
import { connectivityMnist } from './connectivity-mnist.js';
import { curvesFigure } from './curves.js';
import { rescalingFigure } from './rescaling.js';

/** The figures of paper B, and what follows from it for trained networks. */
export const paperB: readonly Reproduction[] = [
  componentsFigure,
  approximateActionFigure,
  curvesFigure,
  rescalingFigure,
  connectivityMnist,
];

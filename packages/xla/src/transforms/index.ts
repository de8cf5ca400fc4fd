import type { Transforms } from '@basinlab/tensor';
import type { XlaBackend } from '../backend/backend.js';
import { makeJit } from './jit.js';
import { makeMixtures } from './mixtures.js';
import { makeScan } from './scan.js';
import { makeVmap } from './vmap.js';
import { makeWhileLoop } from './while-loop.js';

/** The function transforms of core for tensors of one backend. */
export function createTransforms(backend: XlaBackend): Transforms {
  const { scan, map } = makeScan(backend);
  const deviceCount = (): number => backend.runtime.client.devices.length;
  return {
    jit: makeJit(backend),
    deviceCount,
    vmap: makeVmap(backend),
    scan,
    whileLoop: makeWhileLoop(backend),
    map,
    mixtures: makeMixtures(backend),
  };
}

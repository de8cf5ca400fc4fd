import { totalmem } from 'node:os';
import type { Network } from '@basinlab/core';
import { usageError } from '../errors/usage-error.js';

/**
 * Refuses populations whose parameters alone, with as many numbers again for the optimizer, are more than the memory of this machine: found out here in
 * a moment, and by running away otherwise.
 */
export function requireMemory({ params, state }: Pick<Network, 'params' | 'state'>, models: number, memory = totalmem()): void {
  const numbers = [...params, ...state].reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  const bytes = 2 * 4 * numbers * models;
  if (bytes <= memory) return;
  throw usageError(
    'training.models',
    `models that fit into the ${gigabytes(memory)} of this machine`,
    `${models} of ${numbers} parameters, ${gigabytes(bytes)} with the optimizer's`,
    'Train fewer, or smaller ones',
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;

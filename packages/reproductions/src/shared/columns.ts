import type { MeasurementColumn } from '@basinlab/core';

/** A column of text that tells rows apart. */
export const label = (name: string, summary: string): MeasurementColumn => ({ name, summary, role: 'axis', type: 'text' });

/** A column of numbers that tells rows apart. */
export const axis = (name: string, summary: string): MeasurementColumn => ({ name, summary, role: 'axis', type: 'number' });

/** A column of results. */
export const value = (name: string, summary: string, unit?: string): MeasurementColumn => ({
  ...{ name, summary, role: 'value', type: 'number' },
  ...(unit === undefined ? {} : { unit }),
});

import type { Report } from '@basinlab/report';
import type { Summary } from './contract.js';

/** What every report says at its top. */
export const factsOf = (summary: Summary): Report['facts'] => [
  { label: 'reproduction', value: summary.id },
  { label: 'scale', value: summary.scale },
  { label: 'engine', value: `${summary.engine} (${summary.engineDetails.platform})` },
  {
    label: 'seeds',
    value: Object.entries(summary.seeds)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
  },
  { label: 'time', value: `${Math.round(summary.seconds)} s` },
  { label: 'version', value: summary.version },
];

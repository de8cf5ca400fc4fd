import type { LegendEntry } from './rows.js';

/** [light, dark] pairs with a contrast of at least 4.5:1 on the page's background of either theme, apart for colour-blind readers. */
const pairs = [
  ['#c2410c', '#fb923c'],
  ['#1d4ed8', '#60a5fa'],
  ['#047857', '#34d399'],
  ['#7c3aed', '#a78bfa'],
  ['#be185d', '#f472b6'],
  ['#4d7c0f', '#a3e635'],
  ['#0e7490', '#22d3ee'],
  ['#57534e', '#a8a29e'],
] as const;

/** Names whose colour is the same in every figure. */
const reserved: Readonly<Record<string, number>> = {
  none: 0,
  'weight-matching': 1,
  'activation-matching': 2,
  train: 1,
  validation: 0,
  test: 2,
};

/** One colour per name, as a CSS variable with the light theme's value as fallback; beyond eight names colours repeat. */
export function seriesColors(names: readonly string[]): LegendEntry[] {
  const taken = new Set(names.flatMap((name) => reserved[name] ?? []));
  let next = 0;
  return names.map((name) => {
    let slot = Object.hasOwn(reserved, name) ? reserved[name]! : undefined;
    if (slot === undefined) {
      while (taken.has(next % pairs.length) && taken.size < pairs.length) next += 1;
      slot = next % pairs.length;
      taken.add(slot);
      next += 1;
    }
    return { name, color: `var(--series-${slot}, ${pairs[slot]![0]})` };
  });
}

/** CSS that defines the colours for one theme. */
export function paletteCss(theme: 'light' | 'dark'): string {
  return pairs.map((pair, slot) => `--series-${slot}:${pair[theme === 'light' ? 0 : 1]}`).join(';');
}

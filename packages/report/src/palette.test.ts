import { expect, test } from '@jest/globals';
import { paletteCss, seriesColors } from './palette.js';

test('known names keep their colour whatever stands beside them, others get the free ones', () => {
  const color = (names: string[], name: string) => seriesColors(names).find((entry) => entry.name === name)!.color;
  expect(color(['none', 'x'], 'none')).toBe(color(['x', 'y', 'none'], 'none'));
  expect(new Set(seriesColors(['a', 'none', 'b', 'weight-matching', 'c', 'activation-matching']).map((entry) => entry.color)).size).toBe(6);
});

test('more names than colours repeat colours; names of object members are names', () => {
  expect(seriesColors(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'constructor'])).toHaveLength(10);
  expect(seriesColors(['constructor', 'toString']).every((entry) => entry.color.startsWith('var(--series-'))).toBe(true);
});

const luminance = (hex: string) => {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};

test.each([
  ['light', '#ffffff'],
  ['dark', '#16181c'],
] as const)('every colour has a contrast of 4.5 on the %s page', (theme, page) => {
  for (const color of paletteCss(theme).match(/#[0-9a-f]{6}/g)!) {
    const [low, high] = [luminance(color), luminance(page)].sort((a, b) => a - b);
    expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThanOrEqual(4.5);
  }
});

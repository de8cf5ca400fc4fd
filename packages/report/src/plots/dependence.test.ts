import { expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { dependenceFigure } from './dependence.js';

const options = { title: 'Title', quantity: 'barrier (%)', along: 'fixedScale' };
const row = (at: number | string, mean: number, standardError: number | null = null) => ({
  panel: 'p',
  series: 's',
  at,
  mean,
  standardError,
});
const circles = (svg: string) => {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  const path = document.querySelector('g[data-mark="line"] path')!.getAttribute('d')!;
  return [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map((match) => Number(match[1]));
};

test('numbers stand where they are', () => {
  const [a, b, c] = circles(dependenceFigure([row(0, 1), row(1, 2), row(4, 3)], options).panels[0]!.svg) as [number, number, number];
  expect((c - b) / (b - a)).toBeCloseTo(3, 5);
});

test('other settings stand side by side', () => {
  const [a, b, c] = circles(dependenceFigure([row('[1,2]', 1), row(1, 2), row('x', 3)], options).panels[0]!.svg) as [
    number,
    number,
    number,
  ];
  expect(c - b).toBeCloseTo(b - a, 5);
});

test('a mean that is not a number is left out, an error is a line', () => {
  const { panels, legend } = dependenceFigure([row(0, 1, 0.5), row(1, NaN), row(2, 2)], options);
  expect(circles(panels[0]!.svg)).toHaveLength(2);
  expect(parseHTML(panels[0]!.svg).document.querySelectorAll('g[data-mark="rule"] line')).toHaveLength(1);
  expect(legend.map((entry) => entry.name)).toEqual(['s']);
  expect(panels[0]!.svg).toContain('barrier (%) by fixedScale: s at 0 1.00');
});

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml, withoutControls } from '../escape.js';
import type { Panel } from '../rows.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

export const panelSize = { width: 320, height: 250 } as const;

/** Draws one panel with Observable Plot, outside a browser. `description` is what a screen reader says in place of the picture. */
export function drawPanel(title: string, description: string, options: Plot.PlotOptions): Panel {
  const size = { width: options.width ?? panelSize.width, height: options.height ?? panelSize.height };
  const element = Plot.plot({
    marginBottom: 44,
    ...options,
    ...size,
    document: document as never,
    style: { fontSize: '12px', background: 'transparent' },
  });
  // Plot names its groups (`bar`, `rule`), but a group may not have a name, and the picture as a whole is told by its description.
  for (const group of element.querySelectorAll('g[aria-label]')) {
    group.setAttribute('data-mark', group.getAttribute('aria-label')!);
    group.removeAttribute('aria-label');
  }
  // linkedom leaves `<` in attributes and control characters as they are, which XML forbids.
  const attributes = `xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(description)}"`;
  return { title, svg: withoutControls(element.outerHTML).replace(/^<svg/, () => `<svg ${attributes}`), ...size };
}

/** A field shown in its series' colour. Said outright, because Plot takes names that are colours (`none`, `red`) for colours otherwise. */
export const inSeriesColor = (field: string) => ({ value: field, scale: 'color' as const });

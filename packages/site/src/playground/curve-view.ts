import { lambdas, lossAt, type Curve } from './curve.js';
import type { Line } from './session.js';

const height = 340;
const margin = { left: 48, right: 14, top: 16, bottom: 34 };

/** What the picture shows: one curve or both, the line that the slider walks on, and where it is. */
export interface CurveState {
  readonly trained: Curve;
  readonly aligned: Curve | undefined;
  readonly line: Line;
  readonly lambda: number;
}

/** The loss along the line as SVG of the container's width, its barrier marked; for assistive technology an image, described in one sentence. */
export function drawCurve(container: Element, { trained, aligned, line, lambda }: CurveState): void {
  const size = { width: Math.max(280, container.clientWidth), height };
  const shown = line === 'aligned' ? aligned! : trained;
  const top = niceTop(Math.max(...trained.loss, ...(aligned?.loss ?? [])));
  const x = (at: number): number => margin.left + at * (size.width - margin.left - margin.right);
  const y = (loss: number): number => size.height - margin.bottom - (loss / top) * (size.height - margin.top - margin.bottom);
  const path = ({ loss }: Curve): string => `M${loss.map((value, i) => `${x(lambdas[i]!).toFixed(1)} ${y(value).toFixed(1)}`).join('L')}`;
  const chord = (at: number): number => (1 - at) * shown.loss[0]! + at * shown.loss.at(-1)!;
  const worst = lambdas.reduce((best, at, i) => (shown.loss[i]! - chord(at) > lossAt(shown, best) - chord(best) ? at : best), 0);
  const here = { x: x(lambda).toFixed(1), y: y(lossAt(shown, lambda)).toFixed(1) };
  const faded = (name: Line): string => (name === line ? name : `${name} faded`);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  container.innerHTML = `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${describe(trained, aligned)}">
${ticks.map((share) => `<line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(share * top)}" y2="${y(share * top)}"/><text x="${margin.left - 8}" y="${y(share * top) + 4}" text-anchor="end">${tick(share * top)}</text>`).join('')}
${[0, 0.5, 1].map((at, i) => `<text x="${x(at)}" y="${size.height - 10}" text-anchor="${['start', 'middle', 'end'][i]}">${['A', 'halfway', 'B'][i]}</text>`).join('')}
<path class="chord" d="M${x(0)} ${y(chord(0))}L${x(1)} ${y(chord(1))}"/>
<path class="${faded('trained')}" d="${path(trained)}"/>${aligned === undefined ? '' : `<path class="${faded('aligned')}" d="${path(aligned)}"/>`}
${shown.barrier > 0.02 * top ? `<path class="barrier" d="M${x(worst)} ${y(chord(worst))}V${y(lossAt(shown, worst))}"/><text class="barrier-label" x="${x(worst) + 8}" y="${(y(chord(worst)) + y(lossAt(shown, worst))) / 2 + 4}">barrier ${shown.barrier.toFixed(2)}</text>` : ''}
<line class="here" x1="${here.x}" x2="${here.x}" y1="${margin.top}" y2="${size.height - margin.bottom}"/><circle cx="${here.x}" cy="${here.y}" r="6"/>
</svg>`;
}

function describe(trained: Curve, aligned: Curve | undefined): string {
  const told = (curve: Curve): string =>
    `${curve.loss[0]!.toFixed(2)} at A, ${lossAt(curve, 0.5).toFixed(2)} halfway, ${curve.loss.at(-1)!.toFixed(2)} at B, barrier ${curve.barrier.toFixed(2)}`;
  return `Test loss as trained: ${told(trained)}${aligned === undefined ? '' : `; with B aligned to A: ${told(aligned)}`}`;
}

/** Above the largest loss, so that axes do not jump with every epoch. */
const niceTop = (largest: number): number => [0.4, 0.8, 1.2, 1.6, 2, 3, 4, 6, 8].find((top) => top >= largest) ?? Math.ceil(largest);

const tick = (value: number): string => String(Number(value.toFixed(2)));

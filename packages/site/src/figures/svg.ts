// Parts of the drawings of docs/guides. Colours are classes: the site styles them by its theme, and a file on its own by what `document` adds.

const light = { text: '#3c3c43', soft: '#67676c', line: '#c2c2c4', a: '#c2410c', b: '#1d4ed8', c: '#047857' };
const dark = { text: '#dfdfd6', soft: '#98989f', line: '#52525b', a: '#fb923c', b: '#60a5fa', c: '#34d399' };

/** Rules that draw a figure in one theme, for every selector below `scope`. */
export function figureStyle(theme: 'light' | 'dark', scope = 'svg'): string {
  const { text, soft, line, a, b, c } = theme === 'light' ? light : dark;
  const rules: readonly (readonly [selector: string, rule: string])[] = [
    ['text', `fill:${text};font:15px system-ui,sans-serif`],
    ['.soft', `fill:${soft}`],
    ['.line', `stroke:${line};fill:none`],
    ...Object.entries({ a, b, c, soft }).flatMap(([name, color]): [string, string][] => [
      [`.fill-${name}`, `fill:${color}`],
      [`.stroke-${name}`, `stroke:${color};fill:none`],
    ]),
    ['.thick', 'stroke-width:2.5;stroke-linejoin:round'],
    ['.dash', 'stroke-dasharray:4 4'],
  ];
  return rules.map(([selector, rule]) => `${scope} ${selector}{${rule}}`).join('');
}

/** A drawing as a file of its own, in the theme of whoever looks at it. `description` is the text in place of the picture. */
export const document = (width: number, height: number, description: string, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<desc>${description}</desc>
<style>${figureStyle('light')}@media (prefers-color-scheme:dark){${figureStyle('dark')}}</style>
${parts.join('\n')}
</svg>
`;

/** Shortest decimal of a coordinate. */
export const round = (value: number): string => String(Number(value.toFixed(1)));

/** A label. */
export const label = (x: number, y: number, text: string, { anchor = 'middle', soft = false } = {}): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${soft ? ' class="soft"' : ''}>${text}</text>`;

/** A line through points. */
export const path = (points: readonly (readonly [number, number])[], style: string): string =>
  `<path class="${style}" d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}"/>`;

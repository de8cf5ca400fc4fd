import { escapeHtml, htmlPage, themeScript } from '@basinlab/report';

const style = `
.run{background:var(--raised);border-radius:8px;padding:14px 16px;margin:16px 0}
.run h2{font-size:1.05rem;margin:0;border:0;padding:0;overflow-wrap:anywhere}
.run p{margin:4px 0;font-size:.92rem}
.run progress{width:100%;accent-color:var(--series-1)}
.run svg{display:block;width:100%;max-width:640px;height:auto;margin-top:8px}
.soft{color:var(--soft)}
`;

// Everything is set as text or by attributes: what a folder holds never becomes markup.
const script = `${themeScript}
const element = (name, attributes, ...children) => {
  const made = ['svg', 'polyline', 'text', 'line'].includes(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
};
const short = (value) => String(Number(value.toPrecision(3)));
function plot(curves) {
  const [width, height, left, bottom] = [640, 220, 56, 24];
  const points = curves.flatMap(({ epochs, loss }) => epochs.map((epoch, i) => [epoch, loss[i]])).filter(([, y]) => y !== null && y > 0);
  if (points.length < 2) return [];
  const range = (values) => [Math.min(...values), Math.max(...values)];
  const [x0, x1] = range(points.map(([x]) => x));
  const [y0, y1] = range(points.map(([, y]) => Math.log(y)));
  const x = (value) => left + ((value - x0) / (x1 - x0 || 1)) * (width - left - 8);
  const y = (value) => 8 + (1 - (Math.log(value) - y0) / (y1 - y0 || 1)) * (height - bottom - 8);
  const last = curves.filter(({ split }) => split === 'train').map(({ loss }) => loss.at(-1)).filter((value) => value !== null);
  const label = 'Loss by epoch, logarithmic; training loss now ' + last.map(short).join(', ');
  const colors = { train: 'var(--series-1)', validation: 'var(--series-2)', test: 'var(--series-3)' };
  const lines = curves.map(({ split, epochs, loss }) => element('polyline', {
    fill: 'none', stroke: colors[split] ?? 'currentColor', 'stroke-width': 1.5,
    points: epochs.flatMap((epoch, i) => (loss[i] > 0 ? [x(epoch) + ',' + y(loss[i])] : [])).join(' '),
  }));
  const text = (at, up, content, anchor) => element('text', { x: at, y: up, 'font-size': 12, fill: 'currentColor', 'text-anchor': anchor }, content);
  return [
    element('svg', { viewBox: '0 0 ' + width + ' ' + height, role: 'img', 'aria-label': label }, ...lines,
      text(left - 6, 16, short(Math.exp(y1)), 'end'), text(left - 6, height - bottom, short(Math.exp(y0)), 'end'),
      text(left, height - 6, 'epoch ' + x0, 'start'), text(width - 8, height - 6, 'epoch ' + x1, 'end')),
    element('p', { class: 'soft' }, 'Loss (nats, logarithmic)'),
    element('ul', { class: 'legend' }, ...[...new Set(curves.map(({ split }) => split))].map((split) => {
      const line = element('i', {});
      line.style.background = colors[split] ?? 'currentColor';
      return element('li', {}, line, split);
    })),
  ];
}
const rank = ({ finished, progress }) => (finished ? 2 : progress === null ? 1 : 0);
function show(all) {
  const folders = all.toSorted((a, b) => rank(a) - rank(b));
  document.getElementById('state').textContent = folders.length === 0 ? 'Nothing here yet.' : folders.filter(({ finished }) => finished).length + ' of ' + folders.length + ' finished';
  document.getElementById('folders').replaceChildren(...folders.map(({ path, kind, about, done, total, finished, progress, report, curves }) => {
    const name = 'Progress of ' + path;
    const bar = progress !== null ? [element('progress', { max: progress.total, value: progress.done, 'aria-label': name })]
      : total > 0 && !finished ? [element('progress', { max: total, value: done, 'aria-label': name })] : [];
    const said = progress !== null ? [element('p', {}, progress.line)] : [];
    const state = finished ? 'finished' : progress !== null ? 'running' : total > 0 ? done + ' of ' + total + ' epochs of models' : 'begun';
    const link = report === null ? [] : [element('p', {}, element('a', { href: report.split('/').map(encodeURIComponent).join('/') }, 'Report'))];
    return element('section', { class: 'run' }, element('h2', {}, path), element('p', { class: 'soft' }, kind + ' ' + about), element('p', {}, state), ...said, ...bar, ...link, ...plot(curves));
  }));
}
const events = new EventSource('events');
events.onmessage = ({ data }) => show(JSON.parse(data));
events.onerror = () => { document.getElementById('state').textContent = 'The command that serves this page has ended. What is shown is the last that it told.'; };
`;

/** The live page of a folder: it is told what to show by the server's events. */
export const watchPage = (title: string): string =>
  htmlPage({
    ...{ title, script, style, policy: "connect-src 'self'" },
    body: `<header>
<button id="theme" type="button">Light or dark</button>
<h1>${escapeHtml(title)}</h1>
<p id="state" role="status">Reading…</p>
</header>
<main id="folders"></main>`,
  });

// Writes docs/results.md from the summaries of reproductions, with a plot of each beside it. Figures without a summary in DIR keep what the page says.
//   node tools/write-results.mjs DIR     DIR holds folders of finished reproductions, each with summary.json
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: node tools/write-results.mjs DIR');
const docs = path.join(root, 'docs');
const plots = path.join(docs, 'results');

/** Plots that tell most, by reproduction; else the first. */
const favourites = {
  'mnist-mlp-lmc': 'accuracy-along-the-path',
  'fashion-mnist-resnet20-lmc': 'accuracy-along-the-path',
  'matching-objective': 'matching-objective-by-fixed-scale',
  'swap-costs-subspace': 'swap-costs-after-training',
  'lmc-subspace-dimension': 'accuracy-along-the-path',
  'coherence-layers': 'coherence-over-training',
  'identifiability-phase': 'accuracy-barrier-by-fixed-scale',
  'predict-lmc': 'barrier-by-gamma-out',
  'connectivity-mnist': 'test-loss-along-the-paths-between-two-networks',
  'connectivity-components': 'minima-of-the-one-dimensional-network',
  'connectivity-rescaling': 'loss-at-the-midpoint',
  'transformer-barriers': 'loss-barriers',
  'width-heterogeneous': 'barriers-by-width',
  'multi-model': 'barriers-over-the-simplex',
};
const scales = ['paper', 'small', 'smoke'];
const cell = (value) => String(value ?? '').replaceAll('|', '\\|');
const number = (value) =>
  value === null || value === undefined || !Number.isFinite(value) ? String(value ?? '') : String(Number(value.toPrecision(4)));

const found = fs
  .readdirSync(source)
  .map((name) => path.join(source, name))
  .filter((folder) => fs.existsSync(path.join(folder, 'summary.json')))
  .map((folder) => ({ folder, ...JSON.parse(fs.readFileSync(path.join(folder, 'summary.json'), 'utf8')) }));
const { builtinReproductions } = await import('../packages/reproductions/src/index.ts');
const order = builtinReproductions.map(({ id }) => id);
const titles = new Map(builtinReproductions.map(({ id, title, where }) => [id, { title, where }]));
const byFigure = (a, b) => order.indexOf(a.id) - order.indexOf(b.id) || scales.indexOf(a.scale) - scales.indexOf(b.scale);

fs.mkdirSync(plots, { recursive: true });

function plotOf({ folder, id, scale }) {
  const all = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.svg'))
    .sort();
  const chosen = all.find((name) => name === `${favourites[id]}.svg`) ?? all[0];
  if (chosen === undefined) return '';
  fs.copyFileSync(path.join(folder, chosen), path.join(plots, `${id}-${scale}.svg`));
  return `\n![${titles.get(id)?.title ?? id}](results/${id}-${scale}.svg)\n`;
}

/** Numbers of at most 24 rows; the rest is in the files. */
function rowsOf({ rows }) {
  const known = ['quantity', 'mean', 'standardError', 'paper'];
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => !known.includes(name) && rows.some((row) => row[name] !== null && typeof row[name] !== 'object'),
  );
  const shown = rows.slice(0, 24);
  const head = ['quantity', ...labels, 'ours', 'error', 'paper'];
  const lines = shown.map((row) => [
    row.quantity,
    ...labels.map((name) => (typeof row[name] === 'number' ? number(row[name]) : row[name])),
    number(row.mean),
    number(row.standardError),
    number(row.paper),
  ]);
  const table = [head, head.map(() => '---'), ...lines].map((line) => `| ${line.map(cell).join(' | ')} |`).join('\n');
  const more = rows.length > shown.length ? `\n\n${rows.length - shown.length} more rows are in the summary that the command writes.` : '';
  return `<details><summary>Numbers</summary>\n\n${table}${more}\n\n</details>`;
}

function sectionOf(summary) {
  const { id, scale, command, seeds, seconds, engine, claims = [] } = summary;
  const { title, where } = titles.get(id) ?? { title: id, where: '' };
  const facts = [
    `\`${command}\``,
    `seeds: ${Object.entries(seeds)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    `${Math.round(seconds)} s on ${engine}, two cores shared with other work; populations that another figure trained are not counted`,
  ];
  const verdicts = claims.map(
    ({ statement, paper, ours, verdict, rule }) => `| ${[statement, paper, ours, `**${verdict}**`, rule].map(cell).join(' | ')} |`,
  );
  const table =
    claims.length === 0 ? '' : `\n| statement | paper | ours | verdict | rule |\n| --- | --- | --- | --- | --- |\n${verdicts.join('\n')}\n`;
  const remark = remarks.get(`${id} ${scale}`) ?? remarks.get(id);
  return `## ${title} (${id}, scale ${scale})\n\n${where}. ${facts.join('; ')}.\n${table}${remark === undefined ? '' : `\n${remark}\n`}${plotOf(summary)}\n${rowsOf(summary)}\n`;
}

/** How many statements came out as the paper says: cells of the overview. */
function countsOf({ id, scale, seconds, claims = [] }) {
  const count = (verdict) => claims.filter((claim) => claim.verdict === verdict).length;
  return [id, scale, `${Math.round(seconds)} s`, count('reproduced'), count('not reproduced'), count('cannot be compared')];
}

/** What the page says already, by figure and scale. */
function readPage(file) {
  if (!fs.existsSync(file)) return [];
  const [, ...sections] = fs.readFileSync(file, 'utf8').split(/^(?=## )/m);
  const rows = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '));
  return sections.map((section) => {
    const [, id, scale] = /^## .*\((\S+), scale (\w+)\)$/m.exec(section);
    return { id, scale, section, counts: rows.find((row) => row[0] === id && row[1] === scale) };
  });
}

// Remarks: the text before the first heading stands on top; `## ID` or `## ID SCALE` begins what is said of a figure.
const [top, ...sections] = fs.readFileSync(path.join(docs, 'results-remarks.md'), 'utf8').trim().split(/^## /m);
const remarks = new Map(
  sections.map((section) => [section.slice(0, section.indexOf('\n')).trim(), section.slice(section.indexOf('\n')).trim()]),
);
const page = path.join(docs, 'results.md');
const now = found.map((summary) => ({ id: summary.id, scale: summary.scale, section: sectionOf(summary), counts: countsOf(summary) }));
const kept = readPage(page).filter((old) => !now.some(({ id, scale }) => id === old.id && scale === old.scale));
const figures = [...kept, ...now].sort(byFigure);
const head = ['figure', 'scale', 'time', 'reproduced', 'not reproduced', 'cannot be compared'];
const overview = [head, head.map(() => '---'), ...figures.map(({ counts }) => counts)].map((line) => `| ${line.join(' | ')} |`).join('\n');
const text = `# Results\n\n<!-- Written by tools/write-results.mjs from the summaries of reproductions. -->\n\n${top.trim()}\n\n${overview}\n\n${figures.map(({ section }) => `${section.trimEnd()}\n`).join('\n')}`;
fs.writeFileSync(page, text);
console.log(`${now.length} reproductions written, ${kept.length} kept`);

import { escapeHtml } from '../escape.js';
import { htmlPage } from './shell.js';
import { themeScript } from './script.js';

/** One finished reproduction on the index page. */
export interface IndexEntry {
  readonly title: string;
  /** The report, as a relative address. */
  readonly href: string;
  /** Where in which paper, scale, engine, time: shown in one line. */
  readonly facts: string;
  /** How many statements came out as the paper says, and how many did not. */
  readonly reproduced: number;
  readonly notReproduced: number;
  readonly notComparable: number;
  /** A standalone SVG that stands for it. */
  readonly svg?: string;
  /** Or its relative address, for pages of so many that they cannot hold them all. */
  readonly picture?: string;
}

const style = `
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:20px;list-style:none;padding:0;margin:24px 0}
.cards li{background:var(--raised);border-radius:8px;padding:14px 16px;min-width:0}
.cards h2{font-size:1.05rem;margin:0 0 4px;border:0;padding:0}
.cards p{margin:4px 0;font-size:.9rem}
.cards .facts-line{color:var(--soft)}
.cards img{display:block;width:100%;height:180px;object-fit:contain;object-position:left top;margin-top:8px}
`;

/** A page over many reproductions: what each shows, how it came out against its paper, a picture, and the way to its report. Every text is escaped. */
export function renderIndex(title: string, entries: readonly IndexEntry[]): string {
  const sum = (of: (entry: IndexEntry) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
  const verdicts = verdictText({
    reproduced: sum(({ reproduced }) => reproduced),
    notReproduced: sum(({ notReproduced }) => notReproduced),
    notComparable: sum(({ notComparable }) => notComparable),
  });
  const body = `<header>
<button id="theme" type="button">Light or dark</button>
<h1>${escapeHtml(title)}</h1>
<p>${entries.length} ${entries.length === 1 ? 'reproduction' : 'reproductions'}. Statements of the papers: ${verdicts}.</p>
</header>
<main>
<ul class="cards">
${entries.map(card).join('\n')}
</ul>
</main>`;
  return htmlPage({ title, body, script: themeScript, style });
}

function card(entry: IndexEntry): string {
  const { title, href, facts, svg } = entry;
  const address = svg === undefined ? entry.picture : `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const picture = address === undefined ? '' : `<img alt="" loading="lazy" src="${escapeHtml(address)}">`;
  return `<li><h2><a href="${escapeHtml(href)}">${escapeHtml(title)}</a></h2>
<p class="facts-line">${escapeHtml(facts)}</p>
<p>${verdictText(entry)}</p>
${picture}</li>`;
}

type Verdicts = Pick<IndexEntry, 'reproduced' | 'notReproduced' | 'notComparable'>;

function verdictText({ reproduced, notReproduced, notComparable }: Verdicts): string {
  const told = [
    [reproduced, '✓', 'reproduced'],
    [notReproduced, '✗', 'not reproduced'],
    [notComparable, '–', 'not comparable'],
  ] as const;
  const parts = told.filter(([count]) => count > 0).map(([count, sign, words]) => `${sign} ${count} ${words}`);
  return parts.length === 0 ? 'none compared' : parts.join(', ');
}

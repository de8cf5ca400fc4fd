import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { figureStyle } from '../src/figures/svg.js';
import { inlineFigures } from './inline-figures.js';
import { repositoryLinks } from './repository-links.js';

// The pages are the repository's own files: docs/, the packages' README files, and the reference that scripts/write-api.mjs writes.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const apiSidebar = fileURLToPath(new URL('../api/sidebar.json', import.meta.url));
const api = existsSync(apiSidebar) ? (JSON.parse(readFileSync(apiSidebar, 'utf8')) as DefaultTheme.SidebarItem[]) : [];

const guides: DefaultTheme.SidebarItem[] = [
  {
    text: 'Start',
    items: [
      { text: 'First figure in five minutes', link: '/docs/guides/first-figure' },
      { text: 'Concepts', link: '/docs/guides/concepts' },
      { text: 'Two networks in your browser', link: '/playground/index.html', target: '_self' },
      { text: 'As a library', link: '/docs/library' },
    ],
  },
  {
    text: 'Guides',
    items: [
      { text: 'Adding a breaking or a measurement', link: '/docs/extending' },
      { text: 'Adding any other family', link: '/docs/guides/families' },
      { text: 'From the references to here', link: '/docs/guides/from-the-references' },
      { text: 'Reading results', link: '/docs/guides/reading-results' },
      { text: 'PyTorch and back', link: '/docs/interop' },
      { text: 'Engines and GPUs', link: '/docs/guides/engines' },
      { text: 'Platforms', link: '/docs/platforms' },
      { text: 'Clusters', link: '/docs/clusters' },
      { text: 'Examples', link: '/pages/examples' },
    ],
  },
  {
    text: 'Background',
    items: [
      { text: 'How it works inside', link: '/docs/architecture' },
      { text: 'Security', link: '/docs/security' },
      { text: 'Reliability', link: '/docs/reliability' },
      { text: 'Decisions', link: '/docs/decisions' },
      { text: 'Reproduced figures', link: '/docs/results' },
      { text: 'Configurations', link: '/docs/configurations' },
      { text: 'Benchmarks', link: '/docs/benchmarks' },
      { text: 'Contributing', link: '/CONTRIBUTING' },
      { text: 'Licences', link: '/docs/licences' },
    ],
  },
];

/** Names of headings as GitHub gives them, on which links of the repository's files and of TypeDoc rely. */
const slugify = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

/** Drawings follow the theme; plots of reports are files for a white page. */
const style = `.figure{display:block;max-width:100%;height:auto;margin:16px auto}
.dark .vp-doc img[src$='.svg']{background:#fff;border-radius:6px;padding:8px}
${figureStyle('light', '.figure')}${figureStyle('dark', '.dark .figure')}`;

export default defineConfig({
  title: 'Basinlab',
  description: 'Symmetries of neural networks: break them, align them, measure how networks connect',
  lang: 'en',
  head: [
    ['link', { rel: 'icon', href: 'data:,' }],
    ['style', {}, style],
  ],
  srcDir: root,
  srcExclude: ['.changeset/**', 'examples/**', '**/dist/**', 'runs/**', 'docs/results-remarks.md', '**/LICENSE.md'],
  rewrites: {
    'packages/site/pages/index.md': 'index.md',
    'packages/site/pages/:page': 'pages/:page',
    'packages/site/api/:path*': 'api/:path*',
    'packages/:name/README.md': 'packages/:name/index.md',
    'README.md': 'readme.md',
  },
  outDir: fileURLToPath(new URL('../dist/site', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../dist/vitepress-cache', import.meta.url)),
  // The page of two networks is built beside these; scripts/check-links.mjs looks at all of them once they are written.
  ignoreDeadLinks: [/^\/playground\//],
  markdown: {
    anchor: { slugify },
    languageAlias: { mjs: 'js' },
    config(markdown) {
      repositoryLinks(markdown, root);
      inlineFigures(markdown);
    },
  },
  themeConfig: {
    nav: [
      { text: 'Guides', link: '/docs/guides/first-figure', activeMatch: '^/docs/' },
      { text: 'Reference', link: '/api/', activeMatch: '^/api/' },
      { text: 'Try it', link: '/playground/index.html', target: '_self' },
    ],
    sidebar: { '/api/': api, '/': guides },
    outline: [2, 3],
    search: { provider: 'local' },
  },
});

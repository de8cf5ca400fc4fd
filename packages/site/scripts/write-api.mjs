// Writes the reference of every published import as Markdown: node scripts/write-api.mjs. One page per import, from the docstrings.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { publishedEntries } from './published-entries.mjs';

/** `@basinlab/core/random` is the page `core/random`. */
const pageOf = (name) => name.replace('@basinlab/', '');

/** Empties and fills a folder; `sidebar.json` in it lists the pages by package. */
export async function writeApi(folder) {
  await rm(folder, { recursive: true, force: true });
  const entries = publishedEntries();
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: fileURLToPath(new URL('../tsconfig.api.json', import.meta.url)),
    entryPoints: entries.map(({ file }) => file),
    name: 'Basinlab',
    readme: 'none',
    logLevel: 'Warn',
    // The build checks types; here only what the pages say counts.
    skipErrorChecking: true,
    validation: false,
    disableSources: true,
    excludeExternals: true,
    // Both: without `outputs` TypeDoc empties and fills the folder docs of wherever it is started.
    outputs: [{ name: 'markdown', path: folder }],
    cleanOutputDir: false,
    router: 'module',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    // TypeDoc numbers headings of one name in its own way.
    useCustomAnchors: true,
    customAnchorsFormat: 'curlyBrace',
    useHTMLEncodedBrackets: true,
    sanitizeComments: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('write-api: TypeDoc found nothing to write');
  // Modules are called as they are imported, not by where their source lies.
  for (const module of project.children ?? []) {
    const entry = entries.find(({ file }) => file.replace(/(\/index)?\.ts$/, '').endsWith(`/packages/${module.name}`));
    if (entry === undefined) throw new Error(`write-api: an import for every module, got ${module.name}`);
    module.name = pageOf(entry.name);
  }
  await app.generateOutputs(project);
  const pages = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
  for (const page of pages) await writeFile(page, withPlaces(await readFile(page, 'utf8')));
  await writeFile(join(folder, 'sidebar.json'), JSON.stringify(groupsOf(await readFile(join(folder, 'index.md'), 'utf8'))));
}

/**
 * VitePress names headings by itself, and refuses two of one name that are given. TypeDoc's name stays where it is another, for it counts what has no
 * heading too.
 */
const withPlaces = (page) =>
  page.replaceAll(/^(#+ .*) \{#(.*)\}$/gm, (_, heading, place) => (/-\d+$/.test(place) ? `<a id="${place}"></a>\n\n${heading}` : heading));

/** The index's links by package: TypeDoc alone knows the names of its files. */
function groupsOf(index) {
  const links = [...index.matchAll(/^- \[(.*)\]\((.*)\.md\)$/gm)].map(([, text, path]) => ({ text, link: `/api/${path}` }));
  const packageOf = ({ text }) => text.split('/')[0];
  return [...new Set(links.map(packageOf))].map((text) => ({
    text,
    collapsed: true,
    items: links.filter((link) => packageOf(link) === text),
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeApi(fileURLToPath(new URL('../api', import.meta.url)));

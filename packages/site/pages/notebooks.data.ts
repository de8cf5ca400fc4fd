import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createMarkdownRenderer, defineLoader, type SiteConfig } from 'vitepress';

interface Notebook {
  readonly cells: readonly { readonly cell_type: 'markdown' | 'code'; readonly source: readonly string[] }[];
  readonly metadata: { readonly kernelspec: { readonly language: string } };
}

declare const data: Readonly<Record<string, string>>;
export { data };

/** The notebooks of examples/ as HTML, by the names of their files: text as text, and code with its colours. */
export default defineLoader({
  watch: ['../../../examples/*.ipynb'],
  async load(files): Promise<Record<string, string>> {
    const { srcDir, markdown, site } = (globalThis as unknown as { VITEPRESS_CONFIG: SiteConfig }).VITEPRESS_CONFIG;
    const renderer = await createMarkdownRenderer(srcDir, markdown, site.base);
    const html = (file: string): string => {
      const { cells, metadata } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
      const language = metadata.kernelspec.language === 'python' ? 'python' : 'js';
      const pages = cells.map(({ cell_type: type, source }) =>
        // Titles of cells are parts of a section of the page.
        type === 'markdown' ? source.join('').replaceAll(/^#+ /gm, '#### ') : `\`\`\`${language}\n${source.join('')}\n\`\`\``,
      );
      return renderer.render(pages.join('\n\n'));
    };
    return Object.fromEntries(files.map((file) => [basename(file), html(file)]));
  },
});

import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Leads the links of the repository's own files, which are relative to where a file lies, to pages of the site: a package's folder to its README,
 * its sources to its reference, an example to the page that shows it. A link to anything else in the repository is an error.
 */
export function repositoryLinks(markdown: MarkdownRenderer, root: string): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }: { tokens: Token[]; env: { realPath?: string; path?: string } }) => {
    const page = env.realPath ?? env.path;
    // A title alone has no page.
    if (page === undefined) return;
    const folder = posix.dirname(posix.relative(root, page));
    // The reference's links are among its own pages, and right as they are.
    if (folder.startsWith('packages/site/api')) return;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? (token.attrGet('href') ?? '') : '';
      if (href !== '' && !/^([a-z]+:|\/|#)/.test(href)) token.attrSet('href', pageOf(href, folder, root));
    }
  });
}

type Token = ReturnType<MarkdownRenderer['parse']>[number];

function pageOf(href: string, folder: string, root: string): string {
  const [path = '', hash] = href.split('#');
  const target = posix.join(folder, path).replace(/\/$/, '');
  const anchor = hash === undefined ? '' : `#${hash}`;
  const [top, name = '', ...rest] = target.split('/');
  if (!existsSync(join(root, target))) throw new Error(`${folder}: a link to a file that is there, got ${href}`);
  if (target === 'README.md') return `/readme${anchor}`;
  if (target.endsWith('/README.md')) return `/${posix.dirname(target)}/${anchor}`;
  if (target.endsWith('.md')) return `/${target.replace(/\.md$/, '')}${anchor}`;
  if (top === 'examples') return `/pages/examples#${name.replace('.', '-')}`;
  if (top === 'packages' && rest[0] === 'src')
    return existsSync(join(root, `packages/site/api/${name}.md`)) ? `/api/${name}` : `/api/${name}/`;
  if (top === 'packages' && rest.length === 0) return `/${target}/`;
  throw new Error(`${folder}: a link to what the site has a page for, got ${href}`);
}

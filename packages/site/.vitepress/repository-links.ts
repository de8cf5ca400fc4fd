import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Leads the links of the repository's own files, which are relative to where a file lies, to pages of the site: a package's folder to its README,
 * its sources to its reference, an example to the page that shows it. What no page shows stays as text, with its path as a title; a file that is not there is an
 * error.
 */
export function repositoryLinks(markdown: MarkdownRenderer, root: string): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }: { tokens: Token[]; env: { realPath?: string; path?: string } }) => {
    const page = env.realPath ?? env.path;
    // A title alone has no page.
    if (page === undefined) return;
    const folder = posix.dirname(posix.relative(root, page));
    // The reference's links are among its own pages, and right as they are.
    if (folder.startsWith('packages/site/api')) return;
    for (const { children } of tokens) (children ?? []).forEach((token, at) => lead(token, children!.slice(at + 1), folder, root));
  });
}

/** Sets the target of one link; `after` are the tokens behind it, among them its end. */
function lead(token: Token, after: readonly Token[], folder: string, root: string): void {
  const href = token.type === 'link_open' ? (token.attrGet('href') ?? '') : '';
  if (href === '' || /^([a-z]+:|\/|#)/.test(href)) return;
  const page = pageOf(href, folder, root);
  if (page !== undefined) return token.attrSet('href', page);
  token.attrs = [['title', posix.join(folder, href)]];
  token.tag = 'span';
  after.find(({ type }) => type === 'link_close')!.tag = 'span';
}

type Token = ReturnType<MarkdownRenderer['parse']>[number];

function pageOf(href: string, folder: string, root: string): string | undefined {
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
  return undefined;
}

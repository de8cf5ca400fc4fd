import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Puts the drawings of docs/guides into the page itself, so that they follow its light and dark theme: an image file cannot. What a file says for
 * readers outside the site (its style sheet) is left out; the alternative text becomes its label.
 */
export function inlineFigures(markdown: MarkdownRenderer): void {
  const image = markdown.renderer.rules.image!;
  markdown.renderer.rules.image = (tokens, at, options, env: { path: string; realPath?: string }, self) => {
    const token = tokens[at]!;
    const source = token.attrGet('src') ?? '';
    if (!/^figures\/.*\.svg$/.test(source)) return image(tokens, at, options, env, self);
    const svg = readFileSync(join(dirname(env.realPath ?? env.path), source), 'utf8');
    const label = markdown.utils.escapeHtml(token.content);
    return svg
      .replace(/<\?xml.*?\?>\s*/, '')
      .replace(/<style>[^]*?<\/style>/, '')
      .replace('<svg ', `<svg class="figure" role="img" aria-label="${label}" `)
      .replaceAll(/>\s+</g, '><');
  };
}

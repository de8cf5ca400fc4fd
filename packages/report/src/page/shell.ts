import { createHash } from 'node:crypto';
import { escapeHtml } from '../escape.js';
import { style } from './style.js';

/** The parts of a page that differ. */
export interface PageParts {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** The page's only script, allowed by its hash. */
  readonly script: string;
  /** More of the style sheet. */
  readonly style?: string;
  /** Sources beside its own parts, as content policies spell them: `connect-src 'self'`. Default none. */
  readonly policy?: string;
}

/** One HTML file in both themes, whose content policy forbids the network, and every script but its own. */
export function htmlPage({ title, body, script, style: more = '', policy = '' }: PageParts): string {
  const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${hash}'${policy === '' ? '' : `; ${policy}`}">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}${more}</style>
</head>
<body>
${body}
<footer><p>Made by Basinlab.</p></footer>
<script>${script}</script>
</body>
</html>
`;
}

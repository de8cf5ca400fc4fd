const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe for the content and the quoted attributes of HTML and SVG; control characters that XML forbids are dropped. */
export function escapeHtml(text: string): string {
  return withoutControls(text).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Text without control characters (tab and newline stay): neither a terminal nor an XML parser may meet them. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (character) => (character === '\t' || character === '\n' ? character : ''));
}

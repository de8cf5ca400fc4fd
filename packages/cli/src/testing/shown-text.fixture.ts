/** What a page shows: its text and figures, without its script, style and packed files (where a base64 run may spell any word). */
export const shown = (html: string): string => html.replace(/<(script|style)\b.*?<\/\1>/gs, '').replace(/"data:[^"]*"/g, '""');

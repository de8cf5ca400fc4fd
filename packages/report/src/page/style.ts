import { paletteCss } from '../palette.js';

const light = `--text:#1f2328;--soft:#57606a;--line:#d8dee4;--page:#fff;--raised:#f6f8fa;${paletteCss('light')}`;
const dark = `--text:#e6e6e6;--soft:#a0a8b4;--line:#33383f;--page:#16181c;--raised:#1f2329;${paletteCss('dark')}`;

/** The report's style sheet: one column, both themes, tables and figures that scroll or wrap on a narrow screen. */
export const style = `
:root{color-scheme:light;${light}}
:root[data-theme=dark]{color-scheme:dark;${dark}}
@media (prefers-color-scheme: dark){:root:not([data-theme=light]){color-scheme:dark;${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:44px 0 8px;padding-bottom:6px;border-bottom:1px solid var(--line)}
h3{font-size:.95rem;margin:0 0 2px}
p{max-width:75ch;margin:8px 0}
.facts{display:flex;flex-wrap:wrap;gap:6px 28px;margin:18px 0;padding:12px 16px;background:var(--raised);border-radius:8px}
.facts div{min-width:0}
.facts dt{font-size:.78rem;color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:16px 0}
table{border-collapse:collapse;font-size:.93rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:0 0 8px;font-size:.88rem}
th,td{padding:6px 14px 6px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-weight:600;font-size:.85rem;vertical-align:bottom}
tbody th{font-weight:600;white-space:nowrap}
td{white-space:nowrap}
.wrap{white-space:normal!important;min-width:16ch;max-width:48ch}
#theme{float:right;font:inherit;font-size:.85rem;color:var(--soft);background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:4px 10px;cursor:pointer}
:focus-visible{outline:2px solid var(--series-1);outline-offset:2px}
.cells{cursor:crosshair}
.cells output{display:block;min-height:1.5em;font-size:.85rem;font-variant-numeric:tabular-nums}
.cursor{fill:none;stroke:#000;stroke-width:1.5;paint-order:stroke}
.files{font-size:.88rem}.files a{margin-right:12px}
.number{text-align:right}
figure{margin:20px 0 32px}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:20px 24px;margin-top:12px}
.panels svg{display:block;width:100%;height:auto;max-width:420px}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;margin:8px 0 0;padding:0;font-size:.9rem}
.legend i{display:inline-block;width:18px;height:4px;border-radius:2px;margin-right:7px;vertical-align:middle}
figcaption{font-weight:600}
.caption{color:var(--soft);font-size:.9rem;margin-top:10px}
pre{overflow-x:auto;background:var(--raised);border-radius:8px;padding:12px 16px;font-size:.85rem;line-height:1.45}
details{margin:12px 0}
summary{cursor:pointer;font-weight:600}
a{color:var(--series-1)}
footer{color:var(--soft);font-size:.85rem;padding-bottom:40px;margin-top:40px}
@media (max-width:480px){th,td{padding-right:10px}h1{font-size:1.4rem}main,header,footer{padding-left:14px;padding-right:14px}}
@media print{:root,:root:not([data-theme=light]){color-scheme:light;${light}}body{background:#fff;color:#000}#theme,.files,details:not([open]){display:none}figure,tr{break-inside:avoid}.panels{grid-template-columns:1fr 1fr}}
@page{size:A4;margin:15mm}
`;

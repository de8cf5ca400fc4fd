/** The theme switch of every page. */
export const themeScript = `
const root = document.documentElement;
document.getElementById('theme').addEventListener('click', () => {
  const dark = getComputedStyle(root).colorScheme.startsWith('dark');
  root.dataset.theme = dark ? 'light' : 'dark';
});
`;

/**
 * What the page does beside showing: the theme switch, and for heat maps the value under the pointer, arrow keys that move a cursor over the cells, `+` and `-`
 * that zoom, and Escape. Everything on the page can be read without it.
 */
export const script = `${themeScript}
for (const box of document.querySelectorAll('.cells')) {
  const { xs, ys, xLabel, yLabel, quantity, values: packed } = JSON.parse(box.querySelector('script').textContent);
  const values = new Float32Array(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)).buffer);
  const svg = box.querySelector('svg');
  const image = box.querySelector('image');
  const output = box.querySelector('output');
  const whole = (svg.getAttribute('viewBox') || '0 0 ' + svg.getAttribute('width') + ' ' + svg.getAttribute('height')).split(' ').map(Number);
  const [left, top, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(image.getAttribute(name)));
  const frame = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  frame.setAttribute('class', 'cursor');
  let at = null;
  let zoom = 1;
  const show = () => {
    if (at === null) { frame.remove(); output.textContent = ''; return; }
    const [i, j] = at;
    const [w, h] = [width / xs.length, height / ys.length];
    for (const [name, value] of Object.entries({ x: left + i * w, y: top + j * h, width: w, height: h })) frame.setAttribute(name, value);
    image.after(frame);
    const value = values[j * xs.length + i];
    output.textContent = xLabel + ' ' + xs[i] + ', ' + yLabel + ' ' + ys[j] + ': ' + quantity + ' ' + (Number.isNaN(value) ? 'none' : Number(value.toPrecision(4)));
    if (zoom > 1) {
      const [vw, vh] = [whole[2] / zoom, whole[3] / zoom];
      const [cx, cy] = [left + (i + 0.5) * w, top + (j + 0.5) * h];
      svg.setAttribute('viewBox', [cx - vw / 2, cy - vh / 2, vw, vh].join(' '));
    } else svg.setAttribute('viewBox', whole.join(' '));
  };
  const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));
  const move = (event) => {
    const area = image.getBoundingClientRect();
    const [i, j] = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    at = i < 0 || i >= 1 || j < 0 || j >= 1 ? null : [Math.floor(i * xs.length), Math.floor(j * ys.length)];
    if (zoom === 1) show();
  };
  box.addEventListener('pointermove', move);
  box.addEventListener('pointerleave', () => { if (document.activeElement !== box) { at = null; show(); } });
  box.addEventListener('dblclick', (event) => { move(event); zoom = zoom > 1 ? 1 : 4; show(); });
  box.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step !== undefined) at = at === null ? [0, 0] : [clamp(at[0] + step[0], xs.length), clamp(at[1] + step[1], ys.length)];
    else if (event.key === '+') zoom = Math.min(16, zoom * 2);
    else if (event.key === '-') zoom = Math.max(1, zoom / 2);
    else if (event.key === 'Escape') { at = null; zoom = 1; svg.setAttribute('viewBox', whole.join(' ')); }
    else return;
    event.preventDefault();
    show();
  });
}
`;

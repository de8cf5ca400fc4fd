import { cells } from './grid.js';
import { extent, type Points } from './spirals.js';

/** Draws the classes' probabilities in every cell as mixtures of their colours, and the points over them. */
export function drawDecision(canvas: HTMLCanvasElement, probabilities: Float32Array, { coordinates, labels }: Points): void {
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(canvas);
  const [page, ...colors] = ['--page', '--class-0', '--class-1', '--class-2'].map((name) => parse(style.getPropertyValue(name)));
  const image = new ImageData(cells, cells);
  for (let cell = 0; cell < cells * cells; cell++) {
    for (let channel = 0; channel < 3; channel++) {
      const mixed = colors.reduce((sum, color, k) => sum + probabilities[cell * colors.length + k]! * color[channel]!, 0);
      image.data[4 * cell + channel] = 0.62 * page![channel]! + 0.38 * mixed;
    }
    image.data[4 * cell + 3] = 255;
  }
  const small = new OffscreenCanvas(cells, cells);
  small.getContext('2d')!.putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  const place = (value: number): number => ((value / extent + 1) / 2) * canvas.width;
  labels.forEach((label, i) => {
    context.fillStyle = `rgb(${colors[label]!.join()})`;
    drawMark(context, label, place(coordinates[2 * i]!), place(-coordinates[2 * i + 1]!));
  });
}

/** Circle, square or triangle: classes must not be told by colour alone. */
function drawMark(context: CanvasRenderingContext2D, shape: number, x: number, y: number): void {
  context.beginPath();
  if (shape === 0) context.arc(x, y, 4.4, 0, 2 * Math.PI);
  else if (shape === 1) context.rect(x - 3.9, y - 3.9, 7.8, 7.8);
  else {
    context.moveTo(x, y - 5.2);
    context.lineTo(x + 5, y + 3.9);
    context.lineTo(x - 5, y + 3.9);
  }
  context.fill();
}

/** Red, green and blue of a colour #rrggbb or #rgb. */
function parse(color: string): readonly number[] {
  const digits = color.trim().slice(1);
  const width = digits.length / 3;
  return [0, 1, 2].map((channel) => Number.parseInt(digits.slice(channel * width, (channel + 1) * width).padStart(2, digits[channel]), 16));
}

/** The class of largest probability, as a share of the cells. */
export function shares(probabilities: Float32Array, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (let cell = 0; cell < cells * cells; cell++) {
    const own = probabilities.subarray(cell * classes, (cell + 1) * classes);
    counts[own.indexOf(Math.max(...own))]! += 1;
  }
  return counts.map((count) => count / (cells * cells));
}

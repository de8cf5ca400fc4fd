import type { Variables } from '@basinlab/core';
import type { Session } from '../playground/session.js';
import type { Likeness } from './matching.js';

const neurons = 20;

/** Cosines of the incoming weights of the first neurons of the second hidden layer, before and after aligning. The session must have aligned. */
export async function likenessOf(session: Session): Promise<Likeness> {
  const [before, after] = [session.ends('trained'), session.ends('aligned')];
  return { before: await cosines(before.a, before.b), after: await cosines(after.a, after.b), neurons };
}

async function cosines(a: Variables, b: Variables): Promise<number[]> {
  const [first, second] = await Promise.all([rows(a), rows(b)]);
  return first.flatMap((x) => second.map((y) => dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))));
}

async function rows({ params }: Variables): Promise<Float32Array[]> {
  const weight = params['layers.1.linear.weight']!;
  const [values, width] = [(await weight.data()) as Float32Array, weight.shape[1]!];
  return Array.from({ length: neurons }, (_, i) => values.subarray(i * width, (i + 1) * width));
}

const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);

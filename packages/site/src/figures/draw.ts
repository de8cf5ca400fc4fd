// Draws the figures of docs/guides/concepts.md from networks that are trained here: npm run docs:figures.
import { choices } from '../playground/networks.js';
import { createSession, type Session } from '../playground/session.js';
import type { Curve } from '../playground/curve.js';
import { barrierFigure } from './barrier.js';
import { breakingFigure } from './breaking.js';
import { likenessOf } from './likeness.js';
import { matchingFigure, type Likeness } from './matching.js';
import { symmetryFigure } from './symmetry.js';

const seeds = [1, 2, 3, 4, 5];

/** Every drawing by its file's name, computed on the current backend. */
export async function drawFigures(): Promise<Record<string, string>> {
  const kinds = [];
  let shown: { trained: Curve; aligned: Curve; likeness: Likeness } | undefined;
  for (const choice of choices) {
    const barriers: number[] = [];
    for (const seed of seeds) {
      const session = createSession(choice.network(), seed);
      let curve: Curve | undefined;
      for await (const told of session.train(new AbortController().signal)) curve = told.curve;
      barriers.push(curve!.barrier);
      shown ??= await example(session, curve!);
      session.dispose();
    }
    kinds.push({ label: choice.label, barriers });
  }
  return {
    'symmetry.svg': symmetryFigure(),
    'barrier.svg': barrierFigure(shown!.trained, shown!.aligned),
    'matching.svg': matchingFigure(shown!.likeness),
    'breaking.svg': breakingFigure(kinds),
  };
}

/** The pair whose line and neurons are drawn: the first of the first kind. */
async function example(session: Session, trained: Curve): Promise<{ trained: Curve; aligned: Curve; likeness: Likeness }> {
  const { curve } = await session.align();
  return { trained, aligned: curve, likeness: await likenessOf(session) };
}

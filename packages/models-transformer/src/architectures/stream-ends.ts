/**
 * Parameters outside the blocks that lie in the residual stream, each with its axis that does: embeddings and what writes the first tokens, and the head,
 * which reads the last. In all architectures of this package; each has some of them.
 */
export const streamEnds: Readonly<Record<string, number>> = {
  'tokens.weight': 1,
  'patches.weight': 0,
  'patches.bias': 0,
  'positions.weight': 1,
  'classToken.weight': 0,
  'head.weight': 1,
};

/** What reads the stream behind the last norm. */
export const streamReader = 'head.weight';

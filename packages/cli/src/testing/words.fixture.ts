const words = 'the a cat dog hat sees takes and of old new tree under over runs to from house river'.split(' ');

/** A text of our own to learn, where Tiny Shakespeare would have to be fetched: it is no part of a package. */
export const text = Array.from({ length: 6000 }, (_, i) => words[(i * i + 3 * (i >> 2)) % words.length]!).join(' ');

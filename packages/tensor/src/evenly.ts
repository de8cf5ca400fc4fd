/** `points` values from 0 to 1, evenly spaced; a single point is at 0. */
export const evenly = (points: number): number[] => Array.from({ length: points }, (_, i) => (points === 1 ? 0 : i / (points - 1)));

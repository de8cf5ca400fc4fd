import { demand, type PermutationElement, type RotatedElement } from '@basinlab/core';

// Exchanged units whose coordinates are turned plane by plane: a wreath product of the circle, once for each plane, with permutations.

/** Planes of each unit. */
const planesOf = ({ indices, angles }: RotatedElement): number => (indices.length === 0 ? 0 : angles.length / indices.length);

/** Angle of a unit's plane, 0 for what only exchanges. */
const angleOf = (element: RotatedElement | PermutationElement, at: number): number =>
  element.kind === 'rotated' ? element.angles[at]! : 0;

/** The same angle in (-pi, pi]. */
const wrapped = (angle: number): number => angle - 2 * Math.PI * Math.ceil(angle / (2 * Math.PI) - 0.5);

/**
 * The one element that does `first` and then `second`, one of which has angles.
 * @throws BasinlabError where they have other numbers of planes
 */
export function composeRotated(
  group: string,
  first: RotatedElement | PermutationElement,
  second: RotatedElement | PermutationElement,
): RotatedElement {
  const counts = [first, second].flatMap((element) => (element.kind === 'rotated' ? planesOf(element) : []));
  const planes = counts[0]!;
  demand(counts.at(-1) === planes, group, 'elements with equally many planes to compose', counts);
  const angles = Float64Array.from({ length: first.indices.length * planes }, (_, at) => {
    const [unit, plane] = [Math.floor(at / planes), at % planes];
    return wrapped(angleOf(second, at) + angleOf(first, second.indices[unit]! * planes + plane));
  });
  return { kind: 'rotated', indices: second.indices.map((from) => first.indices[from]!), angles };
}

/** The element that undoes another. */
export function invertRotated(element: RotatedElement): RotatedElement {
  const planes = planesOf(element);
  const [indices, angles] = [new Int32Array(element.indices.length), new Float64Array(element.angles.length)];
  element.indices.forEach((from, to) => {
    indices[from] = to;
    // `+ 0` turns -0 into 0.
    for (let p = 0; p < planes; p++) angles[from * planes + p] = -element.angles[to * planes + p]! + 0;
  });
  return { kind: 'rotated', indices, angles };
}

/** Cosine of the mean turn of units that stay in place, summed: the trace of the element where the coordinates of a unit count as one. */
export function rotatedTrace(element: RotatedElement): number {
  const planes = planesOf(element);
  return element.indices.reduce((sum, from, to) => {
    if (from !== to) return sum;
    const own = element.angles.subarray(to * planes, (to + 1) * planes);
    return sum + (planes === 0 ? 1 : own.reduce((cosines, angle) => cosines + Math.cos(angle), 0) / planes);
  }, 0);
}

/** Angles of the eigenvalues e^(i angle) on the coordinates of all units, in [0, pi]: units that go round in n, turned by t on the way, have those of the n-th roots of e^(i t) and e^(-i t). */
export function rotatedAngles(element: RotatedElement): number[] {
  const planes = planesOf(element);
  const seen = new Set<number>();
  return Array.from(element.indices.keys()).flatMap((start) => {
    const round: number[] = [];
    for (let unit = start; !seen.has(unit); unit = element.indices[unit]!) {
      seen.add(unit);
      round.push(unit);
    }
    return Array.from({ length: planes }, (_, plane) => {
      const turn = round.reduce((sum, unit) => sum + element.angles[unit * planes + plane]!, 0);
      return round.flatMap((_, k) => {
        const angle = Math.abs(wrapped((turn + 2 * Math.PI * k) / round.length));
        return [angle, angle];
      });
    }).flat();
  });
}

/** @throws BasinlabError unless every unit has an angle for each of equally many planes, all of them finite */
export function checkAngles(group: string, { indices, angles }: RotatedElement): void {
  const planes = angles.length / indices.length;
  demand(Number.isInteger(planes), group, `equally many angles for each of ${indices.length} units`, angles.length);
  const wrong = angles.findIndex((angle) => !Number.isFinite(angle));
  demand(wrong < 0, group, 'angles that are finite', `${angles[wrong]} at ${wrong}`);
}

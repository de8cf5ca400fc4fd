import { planeEntries, type AxisFactor } from '@basinlab/core';
import type { Columns, Moves, Sides } from './contraction.js';

/** What the coordinates of units that lie in planes are made of, beside the rest of a {@link Contraction}. */
export interface PlaneSides {
  /** Of each unit. */
  readonly planes: number;
  readonly sides: Sides;
  /** For each column the coordinate that it is of, and the column of the other coordinate of its plane, [width]. */
  readonly coordinates: Int32Array;
  readonly partners: Int32Array;
  columnsUnder(moves: Moves): readonly Columns[];
}

/** Sums over the columns of each plane for every pair of units, [units of A, units of B, planes]: the products that turning by t weighs by cos t and by sin t. */
export interface PlaneProducts {
  readonly planes: number;
  readonly along: Float64Array;
  readonly across: Float64Array;
}

/** Columns of one part by coordinate: `within` are the factors beside the units, whose every entry owns `inner` columns. */
export function planeColumns(
  group: string,
  within: readonly AxisFactor[],
  inner: number,
  start: number,
): Pick<PlaneSides, 'planes' | 'coordinates' | 'partners'> {
  const units: AxisFactor = { group, size: 1 };
  const { planes, across, coordinateOf } = planeEntries([units, ...within], group)!;
  const entries = within.reduce((product, { size }) => product * size, 1);
  const coordinates = Int32Array.from({ length: entries * inner }, (_, k) => coordinateOf(Math.floor(k / inner)));
  return {
    planes,
    coordinates,
    partners: coordinates.map((coordinate, k) => start + k + (coordinate < planes ? across : -across) * inner),
  };
}

/** See {@link PlaneProducts}; in float64 on the host. */
export function planeProducts(
  { planes, sides, coordinates, partners, columnsUnder }: PlaneSides,
  units: number,
  moves: Moves,
): PlaneProducts {
  const { a, bTransposed, width } = sides;
  const b = new Float64Array(width * units);
  for (const { from, factors } of columnsUnder(moves))
    for (let k = 0; k < width; k++) {
      const factor = factors === null ? 1 : factors[k]!;
      for (let j = 0; j < units; j++) b[k * units + j] = b[k * units + j]! + factor * bTransposed[from[k]! * units + j]!;
    }
  const [along, across] = [new Float64Array(units * units * planes), new Float64Array(units * units * planes)];
  for (let i = 0; i < units; i++)
    for (let k = 0; k < width; k++) {
      const [value, coordinate, partner] = [a[i * width + k]!, coordinates[k]!, partners[k]!];
      const sign = coordinate < planes ? -1 : 1;
      for (let j = 0; j < units; j++) {
        const at = (i * units + j) * planes + (coordinate % planes);
        along[at] = along[at]! + value * b[k * units + j]!;
        across[at] = across[at]! + sign * value * b[partner * units + j]!;
      }
    }
  return { planes, along, across };
}

/** What a pair of units is worth, `at` its place in [units of A, units of B], with the best angle for each plane. */
export function bestTurn({ planes, along, across }: PlaneProducts, at: number): number {
  let sum = 0;
  for (let k = at * planes; k < (at + 1) * planes; k++) sum += Math.hypot(along[k]!, across[k]!);
  return sum;
}

/** The best angle of every plane of a unit of A paired with one of B, that at which the two are closest: Procrustes in a plane, 0 where the weights say nothing. */
export const anglesOf = ({ planes, along, across }: PlaneProducts, at: number): number[] =>
  Array.from({ length: planes }, (_, p) => Math.atan2(across[at * planes + p]!, along[at * planes + p]!));

/** What a pair of units is worth with given angles. */
export const valueOfTurn = ({ planes, along, across }: PlaneProducts, at: number, angles: Float64Array): number =>
  angles.reduce((sum, angle, p) => sum + Math.cos(angle) * along[at * planes + p]! + Math.sin(angle) * across[at * planes + p]!, 0);

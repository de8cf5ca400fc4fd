import { BasinlabError, demand } from '@basinlab/core';
import { augmentInCore } from './core-paths.js';
import { reduceRowsOfCore, releaseRows, selectCore } from './core.js';
import { assignTight, augment, reduceColumns, reduceRows, type AssignmentState } from './kernel.js';

/** Shape, direction and start of an assignment. */
export interface AssignmentOptions {
  readonly rows: number;
  readonly columns: number;
  /** Maximise the total instead of minimising it. Default false. */
  readonly maximise?: boolean;
  /**
   * The solution of a similar square problem of the same size and direction: its duals make the new one cheap. The result is optimal
   * whatever is given here; of several optimal assignments the one nearest to it is kept.
   */
  readonly start?: Pick<Assignment, 'columnDuals' | 'columnOf'>;
}

/** A solved assignment. */
export interface Assignment {
  /** Column of each row; -1 for rows left over where there are more rows than columns. */
  readonly columnOf: Int32Array;
  /** Row of each column; -1 for columns left over. */
  readonly rowOf: Int32Array;
  /** Sum of the chosen entries. */
  readonly total: number;
  /** Certificate of optimality: rowDuals[i] + columnDuals[j] <= costs[i, j] (>= where maximised), equal on chosen pairs. */
  readonly rowDuals: Float64Array;
  readonly columnDuals: Float64Array;
}

/**
 * Pairs rows with columns, each at most once and as many as possible, so that the sum of `costs` [rows, columns] (row-major) over the pairs
 * is least (or greatest): the linear assignment problem, solved exactly in float64 by Jonker-Volgenant. An infinite entry (+Infinity when
 * minimising, -Infinity when maximising) forbids a pair.
 * @throws BasinlabError on NaN, on the other infinity, on a wrong length, and where forbidden pairs leave no full assignment.
 */
export function solveAssignment(costs: ArrayLike<number>, { rows, columns, maximise = false, start }: AssignmentOptions): Assignment {
  demand(costs.length === rows * columns, 'assignment', `a matrix of ${rows} x ${columns} = ${rows * columns} entries`, costs.length);
  if (rows > columns) return transposed(solveAssignment(transpose(costs, rows, columns), { rows: columns, columns: rows, maximise }));

  const sign = maximise ? -1 : 1;
  const { entries, forbidden } = oriented(costs, sign);
  const state: AssignmentState = {
    rows,
    columns,
    costs: entries,
    v: new Float64Array(columns),
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
  };
  if (rows > 0 && !forbidden) {
    if (rows === columns && start !== undefined) warm(state, start, sign);
    else if (rows === columns) reduceColumns(state);
    if (rows < columns || rows < LEAST_FOR_CORE) reduceRows(state);
    else if (state.columnOf.includes(-1)) solveCore(state);
  }
  if (rows > 0 && !augment(state)) {
    throw new BasinlabError('assignment', 'an assignment of every row that uses no forbidden pair', 'an infeasible matrix');
  }
  return finish(state, sign);
}

/** Square problems from this size on are solved within their core first. */
const LEAST_FOR_CORE = 128;

/** Leaves free only rows that the core does not suffice for. */
function solveCore(state: AssignmentState): void {
  const core = selectCore(state);
  reduceRowsOfCore(state, core);
  augmentInCore(state, core);
  releaseRows(state);
}

function warm(state: AssignmentState, start: Pick<Assignment, 'columnDuals' | 'columnOf'>, sign: number): void {
  demand(start.columnDuals.length === state.columns, 'assignment', `a start of ${state.columns} columns`, start.columnDuals.length);
  for (let j = 0; j < state.columns; j++) state.v[j] = sign * start.columnDuals[j]!;
  assignTight(state, start.columnOf);
}

/** Kept between calls up to this many entries: matching networks solves hundreds of problems of one size. */
const SCRATCH_LIMIT = 2 ** 21;
let scratch = new Float64Array(0);

/** The costs as a minimisation, in memory that the next call uses again. */
function oriented(costs: ArrayLike<number>, sign: number): { entries: Float64Array; forbidden: boolean } {
  if (scratch.length < costs.length && costs.length <= SCRATCH_LIMIT) scratch = new Float64Array(costs.length);
  const entries = costs.length <= SCRATCH_LIMIT ? scratch.subarray(0, costs.length) : new Float64Array(costs.length);
  let forbidden = false;
  for (let k = 0; k < entries.length; k++) {
    const cost = sign * costs[k]!;
    // One comparison for the common case: NaN and both infinities fail it.
    if (!(cost > -Infinity && cost < Infinity)) {
      if (cost !== Infinity) {
        throw new BasinlabError(
          'assignment',
          `finite costs, or ${sign > 0 ? '' : '-'}Infinity for a forbidden pair`,
          `${costs[k]} at entry ${k}`,
        );
      }
      forbidden = true;
    }
    entries[k] = cost;
  }
  return { entries, forbidden };
}

function finish({ rows, columns, costs, v, columnOf, rowOf }: AssignmentState, sign: number): Assignment {
  let total = 0;
  const rowDuals = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const j = columnOf[i]!;
    const cost = costs[i * columns + j]!;
    total += cost;
    rowDuals[i] = sign * (cost - v[j]!);
  }
  // `+ 0` turns -0 into 0.
  return { columnOf, rowOf, total: sign * total + 0, rowDuals, columnDuals: v.map((x) => sign * x) };
}

function transpose(costs: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = costs[i * columns + j]!;
  return out;
}

const transposed = ({ columnOf, rowOf, total, rowDuals, columnDuals }: Assignment): Assignment => ({
  columnOf: rowOf,
  rowOf: columnOf,
  total,
  rowDuals: columnDuals,
  columnDuals: rowDuals,
});

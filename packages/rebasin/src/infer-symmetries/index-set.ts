/**
 * What the axes of a traced tensor are made of. An index set is a range of indices that one permutation would move, wherever it appears; a
 * fixed one must stay as it is. An axis is a row of segments, each a row-major product of index sets: the same form as `CompositeAxis`.
 *
 * Ops only ever narrow what is allowed: sets are tied together, fixed, cut into products (a reshape into heads) or into consecutive parts
 * (a concatenation). A set that has been cut remembers what it was cut into, so that every axis it appears on follows.
 */
export interface IndexSet {
  readonly size: number;
  fixed: boolean;
  /** The set that this one has been tied to. */
  link: IndexSet | null;
  /** What this one has been cut into. */
  parts: readonly Segment[] | null;
  /** The set for each of whose indices this one may have a permutation of its own; see `nests.ts`. */
  nestedIn: IndexSet | null;
}

/** Row-major product of index sets; an empty one is a single entry. */
export type Segment = readonly IndexSet[];
export type Segments = readonly Segment[];
/** `uniform`: all entries along the axis are equal, so that every permutation leaves them as they are. */
export type Axis = Segments | 'uniform';

/** Products with a concatenation inside are written out entry by entry up to this many; beyond, the whole axis stays. */
const LIMIT = 4096;

/** An index set of its own. */
export function indexSet(size: number, { fixed = false, parts = null }: { fixed?: boolean; parts?: Segments | null } = {}): IndexSet {
  return { size, fixed, link: null, parts, nestedIn: null };
}

/** An axis of one new index set. */
export function freshAxis(size: number, fixed = false): Segments {
  return size === 1 ? [[]] : [[indexSet(size, { fixed })]];
}

/** Number of entries of a segment. */
export function segmentSize(segment: Segment): number {
  return segment.reduce((product, { size }) => product * size, 1);
}

/** Number of entries of an axis. */
export function axisSize(segments: Segments): number {
  return segments.reduce((sum, segment) => sum + segmentSize(segment), 0);
}

/** The set that stands for all that this one has been tied to. */
export const root = (set: IndexSet): IndexSet => (set.link === null ? set : root(set.link));

/** The segments in terms of sets that have been neither tied to others nor cut. */
export function resolve(segments: Segments): Segments {
  return segments.flatMap(resolveSegment);
}

function resolveSegment(segment: Segment): Segments {
  let rows: Segment[] = [[]];
  for (const factor of segment) {
    const set = root(factor);
    const parts: Segments = set.parts === null ? [set.size === 1 ? [] : [set]] : resolve(set.parts);
    if (parts.length === 1) {
      rows = rows.map((row) => [...row, ...parts[0]!]);
      continue;
    }
    const lead = rows.reduce((sum, row) => sum + segmentSize(row), 0);
    if (lead * parts.length > LIMIT && lead > 1) {
      fix([...rows, ...parts]);
      rows = [[indexSet(lead * set.size, { fixed: true })]];
      continue;
    }
    // What comes before a concatenation would move copies of it as wholes, which no product of index sets can say: it stays.
    rows = rows.flatMap((row) => {
      fix([row]);
      return Array.from({ length: segmentSize(row) }, () => parts).flat();
    });
  }
  return rows;
}

/** Demands that nothing of these segments moves. False where all of them were fixed already. */
export function fix(segments: Segments): boolean {
  let news = false;
  for (const factor of segments.flat()) {
    const set = root(factor);
    if (set.parts !== null) news = fix(set.parts) || news;
    else if (!set.fixed && set.size > 1) news = set.fixed = true;
  }
  return news;
}

/** Whether nothing of these segments moves. */
export function isFixed(segments: Segments): boolean {
  return resolve(segments).every((segment) => segment.every(({ fixed }) => fixed));
}

/** Ties two sets that are neither tied nor cut, of one size. */
function tie(a: IndexSet, b: IndexSet): void {
  if (a === b) return;
  b.link = a;
  a.fixed ||= b.fixed;
  if (a.nestedIn === null || b.nestedIn === null || root(a.nestedIn) !== root(b.nestedIn)) a.nestedIn = null;
}

/** Cuts a set into a product, outer x inner. */
function factorise(set: IndexSet, outer: number): void {
  const [first, inner] = [indexSet(outer, { fixed: set.fixed }), indexSet(set.size / outer, { fixed: set.fixed })];
  inner.nestedIn = first;
  set.parts = [[first, inner]];
}

/**
 * Cuts the first set of a segment so that the segment ends after `at` entries; further calls may be needed until it does. Where the cut
 * goes through what the first set moves as wholes, that set stays and its entries stand alone.
 */
function cut(segment: Segment, at: number): void {
  const [first, ...rest] = segment as readonly [IndexSet, ...IndexSet[]];
  const block = segmentSize(rest);
  const inherit = { fixed: first.fixed };
  if (at % block === 0) {
    first.parts = [[indexSet(at / block, inherit)], [indexSet(first.size - at / block, inherit)]];
    return;
  }
  fix([[first]]);
  const whole = Math.floor(at / block);
  const left = first.size - whole - 1;
  const run = (size: number): Segments => (size === 0 ? [] : freshAxis(size, true));
  first.parts = [...run(whole), [], ...run(left)];
}

/** The segments within [begin, begin + size), cut where they must be. */
export function slice(segments: Segments, begin: number, size: number): Segments {
  for (const at of [begin, begin + size]) {
    for (;;) {
      const crossing = locate(resolve(segments), at);
      if (crossing === null) break;
      cut(crossing.segment, crossing.within);
    }
  }
  const taken: Segment[] = [];
  let offset = 0;
  for (const segment of resolve(segments)) {
    const length = segmentSize(segment);
    if (offset >= begin && offset + length <= begin + size) taken.push(segment);
    offset += length;
  }
  return taken;
}

function locate(segments: Segments, at: number): { segment: Segment; within: number } | null {
  let offset = 0;
  for (const segment of segments) {
    const length = segmentSize(segment);
    if (at > offset && at < offset + length) return { segment, within: at - offset };
    offset += length;
  }
  return null;
}

/**
 * Demands that both axes move alike.
 * @returns false where they are divided so differently that nothing of them may move
 */
export function unify(a: Segments, b: Segments): boolean {
  for (;;) {
    const [left, right] = [resolve(a), resolve(b)];
    const step = align(left, right);
    if (step === 'aligned') return true;
    if (step === 'impossible') {
      fix([...left, ...right]);
      return false;
    }
  }
}

type Step = 'aligned' | 'refined' | 'impossible';

/** Ties what corresponds, or cuts one set where the two sides differ. */
function align(left: Segments, right: Segments): Step {
  for (let k = 0; k < left.length && k < right.length; k++) {
    const [a, b] = [left[k]!, right[k]!];
    const [sizeA, sizeB] = [segmentSize(a), segmentSize(b)];
    if (sizeA !== sizeB) {
      if (sizeA > sizeB) cut(a, sizeB);
      else cut(b, sizeA);
      return 'refined';
    }
    const step = alignFactors(a, b);
    if (step !== 'aligned') return step;
  }
  return 'aligned';
}

function alignFactors(a: Segment, b: Segment): Step {
  for (let k = 0; k < a.length && k < b.length; k++) {
    const [p, q] = [root(a[k]!), root(b[k]!)];
    if (p.size === q.size) tie(p, q);
    else if (p.size % q.size === 0) {
      factorise(p, q.size);
      return 'refined';
    } else if (q.size % p.size === 0) {
      factorise(q, p.size);
      return 'refined';
    } else return 'impossible';
  }
  return 'aligned';
}

/**
 * Reads an axis as [outer, inner], row-major.
 * @returns null where it cannot be divided so; then nothing of it may move
 */
export function divide(segments: Segments, inner: number): { outer: Segments; inner: Segments } | null {
  for (;;) {
    const rows = resolve(segments);
    const divided = rows.map((row) => divideSegment(row, inner));
    if (divided.includes('refined')) continue;
    const pairs = divided.filter((pair) => typeof pair === 'object');
    if (pairs.length < rows.length) {
      fix(rows);
      return null;
    }
    const [first, ...others] = pairs;
    if (first === undefined) return null;
    for (const other of others) unify([first.inner], [other.inner]);
    return { outer: pairs.map(({ outer }) => outer), inner: [first.inner] };
  }
}

function divideSegment(segment: Segment, inner: number): { outer: Segment; inner: Segment } | 'refined' | 'impossible' {
  let product = 1;
  for (let k = segment.length; k >= 0; k--) {
    if (product === inner) return { outer: segment.slice(0, k), inner: segment.slice(k) };
    const set = segment[k - 1];
    if (set === undefined) return 'impossible';
    const missing = inner / product;
    if (set.size > missing) {
      if (!Number.isInteger(missing) || set.size % missing !== 0) return 'impossible';
      factorise(set, set.size / missing);
      return 'refined';
    }
    product *= set.size;
  }
  return 'impossible';
}

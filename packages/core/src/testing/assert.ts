// What the checks of contracts are written with: a few assertions that throw plain errors, so that a contract runs under any test runner, or under none.

/** Throws unless the condition holds. */
export function ok(condition: unknown, message = 'the condition must hold'): asserts condition {
  if (!condition) throw new Error(message);
}

/** Throws unless both are the same value (`Object.is`). */
export function equal(got: unknown, expected: unknown, message?: string): void {
  if (!Object.is(got, expected)) throw new Error(difference(got, expected, message));
}

/** Throws unless both hold the same values in the same places: arrays, typed arrays and plain objects; a key without a value is a key. */
export function deepEqual(got: unknown, expected: unknown, message?: string): void {
  if (!same(got, expected)) throw new Error(difference(got, expected, message));
}

/** Throws unless the text matches. */
export function match(text: string, pattern: RegExp, message = `must match ${String(pattern)}`): void {
  if (!pattern.test(text)) throw new Error(`${message}, got ${show(text)}`);
}

/** Throws unless `action` throws, and unless `fits` holds for its error. */
export function throws(action: () => unknown, fits: (error: Error) => boolean, message = 'must throw an error that fits'): void {
  try {
    action();
  } catch (error) {
    ok(fits(error as Error), `${message}, got ${String(error)}`);
    return;
  }
  throw new Error(`${message}, got none`);
}

/** Throws unless the promise is rejected. */
export async function rejects(promise: Promise<unknown>, message = 'must fail'): Promise<void> {
  const fulfilled = await promise.then(
    () => true,
    () => false,
  );
  ok(!fulfilled, message);
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const at = (from: object, key: string): unknown => (from as Record<string, unknown>)[key];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && same(at(a, key), at(b, key)));
}

const difference = (got: unknown, expected: unknown, message?: string): string =>
  `${message === undefined ? '' : `${message}: `}expected ${show(expected)}, got ${show(got)}`;

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner));
  return text === undefined ? String(value) : text.length > 300 ? `${text.slice(0, 300)}...` : text;
}

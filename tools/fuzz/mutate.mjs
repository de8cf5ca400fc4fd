// Changes bytes as damage and malice do: bits, numbers of lengths and offsets, pieces that are missing, doubled, or of another file.

/** Numbers from 0 up to 2^32, reproducibly (xorshift32). */
export function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  return { below: (limit) => next() % Math.max(1, limit), pick: (list) => list[next() % list.length] };
}

const edges = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const words = [
  '-1',
  '0',
  '1e309',
  '4294967296',
  '9007199254740993',
  'null',
  '[]',
  '{}',
  '""',
  '__proto__',
  'constructor',
  '\u0000',
  ',',
  ':',
  '\n',
];

const steps = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.pick(edges);
    return bytes;
  },
  (bytes, random) => {
    const width = random.pick([2, 4, 8]);
    if (bytes.length < width) return bytes;
    const at = random.below(bytes.length - width + 1);
    const value = random.pick(edges);
    if (width === 2) bytes[random.pick(['writeUInt16LE', 'writeUInt16BE'])](value & 0xffff, at);
    else if (width === 4) bytes[random.pick(['writeUInt32LE', 'writeUInt32BE'])](value, at);
    else bytes.writeBigUInt64LE((BigInt(value) << BigInt(random.pick([0, 16, 32]))) & 0xffffffffffffffffn, at);
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(Math.min(64, bytes.length - from)))]);
  },
  (bytes, random) => {
    const from = random.below(bytes.length);
    const piece = bytes.subarray(from, from + 1 + random.below(64));
    const times = random.pick([1, 1, 2, 16]);
    return Buffer.concat([bytes.subarray(0, from), ...Array(times).fill(piece), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(words)), bytes.subarray(at)]);
  },
  // A number in a text becomes another one.
  (bytes, random) => {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.pick(numbers);
    return Buffer.from(
      text.slice(0, index) + random.pick(words.slice(0, 9).concat('3', '65536')) + text.slice(index + digits.length),
      'latin1',
    );
  },
];

/** A changed copy of `bytes`; `other` is what pieces may come from. */
export function mutate(bytes, other, random, longest) {
  let changed = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0; times--) {
    if (changed.length === 0) changed = Buffer.from([random.below(256)]);
    if (random.below(12) === 0 && other.length > 0) {
      const [cut, from] = [random.below(changed.length), random.below(other.length)];
      changed = Buffer.concat([changed.subarray(0, cut), other.subarray(from)]);
    } else changed = Buffer.from(random.pick(steps)(changed, random));
  }
  return changed.subarray(0, longest);
}

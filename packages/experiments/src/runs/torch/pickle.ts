import { BasinlabError } from '@basinlab/core';

// A reader of Python's pickles that runs nothing: what a pickle would import and call becomes a record of it. Of the opcodes it knows those that
// protocols 2 to 4 write for data, https://github.com/python/cpython/blob/3.12/Lib/pickletools.py.

/** What a pickle wanted to import: a class or a function of Python. */
export class PickledGlobal {
  constructor(readonly name: string) {}
}

/** What a pickle wanted to call or make, with the state that it would have got. */
export class PickledObject {
  /** Of the object: usually a dictionary of attributes. */
  state: Pickled = null;
  constructor(
    readonly of: Pickled,
    readonly args: Pickled,
  ) {}
}

/** A reference to something outside the pickle, by what names it. */
export class PickledReference {
  constructor(readonly id: Pickled) {}
}

/** A value of a pickle: tuples are arrays, dictionaries are maps, integers that are no safe numbers are bigints. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Set<Pickled>
  | Map<Pickled, Pickled>
  | PickledGlobal
  | PickledObject
  | PickledReference;

const text = new TextDecoder('utf-8', { fatal: true });
const MARK = Symbol('mark');
type Slot = Pickled | typeof MARK;

/**
 * Reads one pickle from `bytes`, beginning at `start`.
 * @param file who errors name
 * @returns its value, and where it ends
 * @throws BasinlabError for bytes that are no pickle, or that end early
 */
export function readPickle(bytes: Uint8Array, start: number, file: string): { readonly value: Pickled; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  const fail = (requirement: string, got: unknown): never => {
    throw new BasinlabError(file, requirement, got);
  };
  const take = (count: number): number => {
    const from = at;
    if (!(count >= 0 && from + count <= bytes.length)) fail('a whole pickle', `an end at byte ${bytes.length}`);
    at += count;
    return from;
  };
  const u8 = (): number => view.getUint8(take(1));
  const u32 = (): number => view.getUint32(take(4), true);
  const u64 = (): number => Number(view.getBigUint64(take(8), true));
  const blob = (length: number): Uint8Array => {
    const from = take(length);
    return bytes.subarray(from, from + length);
  };
  const string = (length: number): string => {
    try {
      return text.decode(blob(length));
    } catch (cause) {
      throw cause instanceof BasinlabError ? cause : new BasinlabError(file, 'text in UTF-8', `other bytes before byte ${at}`, { cause });
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('a whole pickle', `a line without end at byte ${at}`);
    const read = string(end - at);
    at = end + 1;
    return read;
  };

  const stack: Slot[] = [];
  const memo = new Map<number, Pickled>();
  const push = (value: Pickled): void => void stack.push(value);
  const pop = (): Pickled => {
    const value = stack.pop();
    return value === undefined || value === MARK ? fail('a pickle whose values are there when they are used', `none at byte ${at}`) : value;
  };
  const top = (): Pickled => {
    const value = pop();
    push(value);
    return value;
  };
  const sinceMark = (): Pickled[] => {
    const place = stack.lastIndexOf(MARK);
    if (place < 0) fail('a pickle whose marks are there when they are used', `none at byte ${at}`);
    return stack.splice(place).slice(1) as Pickled[];
  };
  const several = (count: number): Pickled[] => Array.from({ length: count }, pop).reverse();
  const name = (value: Pickled): string => (typeof value === 'string' ? value : fail('a name for what is imported', typeof value));
  const setItems = (target: Pickled, items: readonly Pickled[]): void => {
    // What another class would do with items is its own affair.
    if (target instanceof Map) for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i]!, items[i + 1]!);
  };
  const append = (target: Pickled, items: readonly Pickled[]): void => {
    if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (target instanceof Set) for (const item of items) target.add(item);
  };
  const call = (of: Pickled, args: Pickled): Pickled =>
    of instanceof PickledGlobal && of.name === 'collections.OrderedDict' ? new Map<Pickled, Pickled>() : new PickledObject(of, args);
  const build = (): void => {
    const state = pop();
    const object = top();
    if (object instanceof PickledObject) object.state = state;
  };
  const recall = (place: number): void => {
    if (!memo.has(place)) fail('a pickle that refers to what it has', `${place} at byte ${at}`);
    push(memo.get(place)!);
  };
  const long = (length: number): Pickled => {
    const digits = blob(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]!);
    if (length > 0 && digits[length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };

  const opcodes: Readonly<Record<number, () => void>> = {
    0x80: () => void u8(), // PROTO
    0x95: () => void u64(), // FRAME
    0x28: () => void stack.push(MARK), // MARK
    0x30: () => void pop(), // POP
    0x31: () => void sinceMark(), // POP_MARK
    0x32: () => push(top()), // DUP
    0x4e: () => push(null), // NONE
    0x88: () => push(true), // NEWTRUE
    0x89: () => push(false), // NEWFALSE
    0x4a: () => push(view.getInt32(take(4), true)), // BININT
    0x4b: () => push(u8()), // BININT1
    0x4d: () => push(view.getUint16(take(2), true)), // BININT2
    0x8a: () => push(long(u8())), // LONG1
    0x8b: () => push(long(u32())), // LONG4
    0x47: () => push(view.getFloat64(take(8), false)), // BINFLOAT
    0x58: () => push(string(u32())), // BINUNICODE
    0x8c: () => push(string(u8())), // SHORT_BINUNICODE
    0x8d: () => push(string(u64())), // BINUNICODE8
    0x54: () => push(blob(u32())), // BINSTRING
    0x55: () => push(blob(u8())), // SHORT_BINSTRING
    0x42: () => push(blob(u32())), // BINBYTES
    0x43: () => push(blob(u8())), // SHORT_BINBYTES
    0x8e: () => push(blob(u64())), // BINBYTES8
    0x5d: () => push([]), // EMPTY_LIST
    0x29: () => push([]), // EMPTY_TUPLE
    0x85: () => push(several(1)), // TUPLE1
    0x86: () => push(several(2)), // TUPLE2
    0x87: () => push(several(3)), // TUPLE3
    0x74: () => push(sinceMark()), // TUPLE
    0x6c: () => push(sinceMark()), // LIST
    0x7d: () => push(new Map()), // EMPTY_DICT
    0x8f: () => push(new Set()), // EMPTY_SET
    0x91: () => push(new Set(sinceMark())), // FROZENSET
    0x61: () => {
      const item = pop(); // APPEND
      append(top(), [item]);
    },
    0x65: () => {
      const items = sinceMark(); // APPENDS
      append(top(), items);
    },
    0x90: () => {
      const items = sinceMark(); // ADDITEMS
      append(top(), items);
    },
    0x73: () => {
      const pair = several(2); // SETITEM
      setItems(top(), pair);
    },
    0x75: () => {
      const items = sinceMark(); // SETITEMS
      setItems(top(), items);
    },
    0x68: () => recall(u8()), // BINGET
    0x6a: () => recall(u32()), // LONG_BINGET
    0x71: () => void memo.set(u8(), top()), // BINPUT
    0x72: () => void memo.set(u32(), top()), // LONG_BINPUT
    0x94: () => void memo.set(memo.size, top()), // MEMOIZE
    0x63: () => push(new PickledGlobal(`${line()}.${line()}`)), // GLOBAL
    0x93: () => {
      const [module, attribute] = several(2).map(name); // STACK_GLOBAL
      push(new PickledGlobal(`${module!}.${attribute!}`));
    },
    0x52: () => {
      const args = pop(); // REDUCE
      push(call(pop(), args));
    },
    0x81: () => {
      const args = pop(); // NEWOBJ
      push(call(pop(), args));
    },
    0x92: () => {
      const [type, args] = several(3); // NEWOBJ_EX
      push(call(type!, args!));
    },
    0x62: build, // BUILD
    0x51: () => push(new PickledReference(pop())), // BINPERSID
  };

  for (;;) {
    const opcode = u8();
    if (opcode === 0x2e) return { value: pop(), end: at }; // STOP
    const run = opcodes[opcode];
    if (run === undefined) fail('a pickle of data, of protocols 2 to 4', `opcode 0x${opcode.toString(16)} at byte ${at - 1}`);
    run!();
  }
}

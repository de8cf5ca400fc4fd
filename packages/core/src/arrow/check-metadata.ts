/**
 * Checks the counts and offsets in the metadata of an Arrow IPC file or stream (flatbuffers: tables whose slots point at values and vectors). The
 * parser of apache-arrow trusts them, and loops for minutes over a count with a flipped bit. Slots and layouts: the format's Schema.fbs,
 * Message.fbs and File.fbs. Throws a RangeError (from the view) or an Error where something points outside.
 */
export function checkMetadata(bytes: Uint8Array, kind: 'file' | 'stream'): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'stream') {
    let at = 0;
    while (at < bytes.length - 8) at += checkMessage(bytes, at);
    return;
  }
  const length = view.getInt32(bytes.length - 10, true);
  const footer = openBuffer(bytes, bytes.length - 10 - length, length);
  const root = footer.follow(0);
  checkSchema(footer, footer.follow(footer.slot(root, 1) ?? fail('footer without schema')));
  footer.vector(footer.slot(root, 4), 4);
  for (const slot of [2, 3]) {
    const { start, count } = footer.vector(footer.slot(root, slot), 24);
    for (let i = 0; i < count; i++) checkMessage(bytes, Number(footer.view.getBigInt64(start + 24 * i, true)));
  }
}

interface Flatbuffer {
  readonly view: DataView;
  /** Where the value of a table's slot stands, null where it is absent. */
  slot(table: number, index: number): number | null;
  /** Where the offset at a place points. */
  follow(place: number): number;
  /** First item and number of items of a vector, which must lie inside. */
  vector(place: number | null, itemSize: number): { start: number; count: number };
  /** Counts visited tables: offsets that share tables must not make the walk longer than the bytes. */
  visit(): void;
}

function openBuffer(bytes: Uint8Array, at: number, length: number): Flatbuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  let visits = 0;
  const follow = (place: number): number => place + view.getUint32(place, true);
  return {
    view,
    follow,
    slot(table, index) {
      const layout = table - view.getInt32(table, true);
      const offset = 4 + 2 * index < view.getUint16(layout, true) ? view.getUint16(layout + 4 + 2 * index, true) : 0;
      return offset === 0 ? null : table + offset;
    },
    vector(place, itemSize) {
      if (place === null) return { start: 0, count: 0 };
      const start = follow(place);
      const count = view.getUint32(start, true);
      if (start + 4 + count * itemSize > length) fail(`a list of ${count} items beyond the end of its message`);
      return { start: start + 4, count };
    },
    visit: () => void (++visits > length && fail('metadata that refer to each other')),
  };
}

/** Checks the message at a place and returns its length with its body. */
function checkMessage(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(at, true) !== 0xffffffff) fail(`no message at byte ${at}`);
  const length = view.getInt32(at + 4, true);
  const message = openBuffer(bytes, at + 8, length);
  const root = message.follow(0);
  message.vector(message.slot(root, 4), 4);
  const type = message.slot(root, 1);
  const header = message.slot(root, 2);
  const bodyPlace = message.slot(root, 3);
  const body = bodyPlace === null ? 0 : Number(message.view.getBigInt64(bodyPlace, true));
  const end = at + 8 + length + body;
  if (body < 0 || end > bytes.length) fail(`a message that ends at byte ${end} of ${bytes.length}`);
  if (type === null || header === null) fail('a message without content');
  const table = message.follow(header);
  const kind = message.view.getUint8(type);
  if (kind === 1) checkSchema(message, table);
  else if (kind === 2) checkBatch(message, message.follow(message.slot(table, 1) ?? fail('a dictionary without values')), body);
  else if (kind === 3) checkBatch(message, table, body);
  else fail(`a message of kind ${kind}`);
  return end - at;
}

function checkSchema(buffer: Flatbuffer, schema: number): void {
  checkFields(buffer, buffer.slot(schema, 1));
  buffer.vector(buffer.slot(schema, 2), 4);
  buffer.vector(buffer.slot(schema, 3), 8);
}

function checkFields(buffer: Flatbuffer, place: number | null): void {
  const { start, count } = buffer.vector(place, 4);
  for (let i = 0; i < count; i++) {
    buffer.visit();
    const field = buffer.follow(start + 4 * i);
    checkFields(buffer, buffer.slot(field, 5));
    buffer.vector(buffer.slot(field, 6), 4);
  }
}

/** Lengths are those of arrays in the body, whose elements take a bit at least; a compressed body says nothing about them. */
function checkBatch(buffer: Flatbuffer, batch: number, body: number): void {
  const nodes = buffer.vector(buffer.slot(batch, 1), 16);
  buffer.vector(buffer.slot(batch, 2), 16);
  buffer.vector(buffer.slot(batch, 4), 8);
  if (buffer.slot(batch, 3) !== null) return;
  for (let i = 0; i < nodes.count; i++) {
    const length = buffer.view.getBigInt64(nodes.start + 16 * i, true);
    if (length < 0n || length > BigInt(8 * body)) fail(`a column of ${length} values in ${body} bytes`);
  }
}

function fail(message: string): never {
  throw new Error(message);
}

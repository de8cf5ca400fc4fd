import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file server for tests: what it has, how it misbehaves, and what it was asked. */
export interface TestServer {
  readonly url: string;
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  files: Record<string, Uint8Array>;
  /** Bytes after which each of the next answers breaks off. */
  cuts: number[];
  /** Whether it serves ranges, and the tag of its files. */
  ranges: boolean;
  tag: string;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine. */
export async function serve(): Promise<TestServer> {
  const server = createServer((request, response) => answer(state, request, response));
  const state: TestServer = {
    url: '',
    requests: [],
    files: {},
    cuts: [],
    ranges: true,
    tag: '"one"',
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function answer(state: TestServer, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').slice(1);
  const { range } = request.headers;
  state.requests.push({ path, range });
  const content = state.files[path];
  if (content === undefined) return void response.writeHead(404).end('nothing here');
  const asked = state.ranges && (request.headers['if-range'] ?? state.tag) === state.tag ? range : undefined;
  const start = asked === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(asked)![1]);
  if (start >= content.length && asked !== undefined)
    return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  response.writeHead(asked === undefined ? 200 : 206, {
    'content-length': content.length - start,
    etag: state.tag,
    ...(asked === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  const cut = state.cuts.shift();
  if (cut === undefined) response.end(content.subarray(start));
  else response.write(content.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 20));
}

import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { basename, extname, join, sep } from 'node:path';
import { usageError } from '@basinlab/experiments';
import { createWatcher } from './state.js';
import { watchPage } from './page.js';

/** What is served of the folder: reports and what they are made of. */
const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json',
  '.parquet': 'application/vnd.apache.parquet',
};

/** How often the folder is read while someone looks, in milliseconds. */
const interval = 1000;

export interface WatchServer {
  /** Its address, on the loopback interface. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the live page of a folder to this machine only. Port 0 takes a free one. Throws a usage error where the port is taken. */
export async function serveWatch(folder: string, port: number): Promise<WatchServer> {
  const root = await realpath(folder).catch(() => {
    throw usageError('report', 'a folder to watch', folder);
  });
  const listeners = new Set<ServerResponse>();
  const read = createWatcher(root);
  let said = '';
  let reading = false;
  const tell = async (): Promise<void> => {
    if (listeners.size === 0 || reading) return;
    reading = true;
    const found = await read().finally(() => (reading = false));
    const now = JSON.stringify(found);
    if (now === said) return;
    said = now;
    for (const listener of listeners) listener.write(`data: ${said}\n\n`);
  };
  const server = createServer((request, response) => {
    // Another site's page that was pointed at this address by name must not read it.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) return void response.writeHead(403).end();
    answer(request, response).catch(() => response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file.'));
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path === '/') return void response.writeHead(200, { 'content-type': mediaTypes['.html'] }).end(watchPage(basename(root)));
    if (path === '/events') {
      const now = JSON.stringify(await read());
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`data: ${now}\n\n`);
      listeners.add(response);
      return void response.on('close', () => listeners.delete(response));
    }
    const file = await realpath(join(root, path));
    const type = mediaTypes[extname(file)];
    if (type === undefined || !file.startsWith(root + sep) || !(await stat(file)).isFile()) throw new Error('not served');
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    // A reader that leaves, or a file that vanishes, ends this answer only.
    await pipeline(createReadStream(file), response).catch(() => response.destroy());
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(usageError('report', 'a free port', error.message, 'Choose another --port')));
    server.listen(port, '127.0.0.1', resolve);
  });
  const timer = setInterval(() => void tell().catch(() => undefined), interval);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      clearInterval(timer);
      for (const listener of listeners) listener.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

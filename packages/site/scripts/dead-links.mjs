import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { parseHTML } from 'linkedom';

const filesOf = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

/**
 * Links, images, scripts and styles of a folder of pages that lead nowhere: to a file that is not there, or to a place in a page that it does not
 * have. Links to other sites are not followed.
 */
export function deadLinks(folder) {
  const files = new Set(filesOf(folder).map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/')));
  const pages = new Map([...files].filter((file) => file.endsWith('.html')).map((file) => [file, read(join(folder, file))]));
  const fileOf = (path) => [path, posix.join(path, 'index.html'), `${path}.html`].find((file) => files.has(file));
  return [...pages].flatMap(([page, { targets }]) =>
    targets
      .filter((href) => {
        const url = new URL(href, `site:///${page}`);
        if (url.protocol !== 'site:') return false;
        const file = fileOf(decodeURIComponent(url.pathname).slice(1));
        const place = decodeURIComponent(url.hash.slice(1));
        return file === undefined || (place !== '' && pages.has(file) && !pages.get(file).places.has(place));
      })
      .map((href) => ({ page, href })),
  );
}

/** What a page refers to, and the places that others can refer to. */
function read(file) {
  const { document } = parseHTML(readFileSync(file, 'utf8'));
  const attributes = (selector, name) => [...document.querySelectorAll(selector)].map((element) => element.getAttribute(name));
  return {
    targets: [...new Set([...attributes('a[href], link[href]', 'href'), ...attributes('img[src], script[src]', 'src')])],
    places: new Set([...attributes('[id]', 'id'), ...attributes('a[name]', 'name')]),
  };
}

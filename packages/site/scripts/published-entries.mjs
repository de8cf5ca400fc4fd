import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = new URL('../../', import.meta.url);

/** What third parties can import: name such as `@basinlab/core/random`, the package's folder, and the source file, of every published package. */
export const publishedEntries = () =>
  readdirSync(packages).flatMap((folder) => {
    const { name, private: isPrivate, exports = {} } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), 'utf8'));
    return Object.entries(isPrivate === true ? {} : exports)
      .filter(([, targets]) => targets['basinlab-source'] !== undefined)
      .map(([path, targets]) => ({
        name: `${name}${path.slice(1)}`,
        folder,
        file: fileURLToPath(new URL(`${folder}/${targets['basinlab-source']}`, packages)),
      }));
  });

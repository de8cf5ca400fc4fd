import { rmSync } from 'node:fs';

/** Removes what `start.mjs` has made. */
export default () => rmSync(process.env['BASINLAB_TEST_FOLDER'], { recursive: true, force: true });

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for settings that tests make, which the workers inherit the name of. */
export default () => {
  process.env['BASINLAB_TEST_FOLDER'] = mkdtempSync(join(tmpdir(), 'basinlab-tests-'));
};

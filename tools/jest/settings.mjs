import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

// Every file of tests has settings of its own: what one lets run, others have not heard of.
process.env['BASINLAB_CONFIG'] = mkdtempSync(join(process.env['BASINLAB_TEST_FOLDER'], 'config-'));

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.env['BASINLAB_CONFIG'] = mkdtempSync(join(tmpdir(), 'basinlab-config-'));

// Writes the bill of materials of what users get, in CycloneDX form: node tools/write-sbom.mjs [FILE]
import fs from 'node:fs';
import { billOfMaterials } from './packages/bill-of-materials.mjs';

const file = process.argv[2] ?? 'basinlab.cdx.json';
const bill = billOfMaterials({ shipped: true });
fs.writeFileSync(file, JSON.stringify(bill, null, 2) + '\n');
console.log(`${file}: ${bill.components.length} components`);

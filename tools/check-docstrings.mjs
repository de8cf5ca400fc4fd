// Every name that a package exports has a docstring: node tools/check-docstrings.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';

const condition = 'basinlab-source';
const entries = readdirSync('packages')
  .map((name) => `packages/${name}/package.json`)
  .flatMap((file) =>
    Object.values(JSON.parse(readFileSync(file, 'utf8')).exports ?? {})
      .map((targets) => targets[condition])
      .filter((source) => source !== undefined)
      .map((source) => resolve(dirname(file), source)),
  );
const program = ts.createProgram(entries, {
  ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2022 },
  ...{ strict: true, skipLibCheck: true, customConditions: [condition] },
});
const checker = program.getTypeChecker();
const exported = new Set(
  entries
    .map((entry) => checker.getSymbolAtLocation(program.getSourceFile(entry)))
    .filter((module) => module !== undefined)
    .flatMap((module) => checker.getExportsOfModule(module))
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)),
);
const missing = [...exported].flatMap((symbol) => {
  const declaration = symbol.declarations?.[0];
  // A namespace of re-exports says nothing of its own, and what comes from elsewhere is documented there.
  if (declaration === undefined || ts.isSourceFile(declaration) || symbol.getDocumentationComment(checker).length > 0) return [];
  const file = declaration.getSourceFile();
  if (file.fileName.includes('node_modules')) return [];
  return `${relative('.', file.fileName)}:${file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1} ${symbol.name} has no docstring`;
});
for (const line of missing) console.error(line);
console.log(`${exported.size} exports, ${missing.length} without a docstring`);
process.exitCode = missing.length > 0 ? 1 : 0;

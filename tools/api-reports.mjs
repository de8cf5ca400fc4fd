// The public API of every package as text, one report per import: packages/NAME/api/IMPORT.api.md, made by API Extractor from the built types.
// A change of what users see is thereby a change of a committed file, and is read in review.
//   node tools/api-reports.mjs [--check] [name ...]     with --check: writes nothing and fails where a report is stale
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { importsOf, manifestOf, packageFolder, publishedPackages } from './packages/manifests.mjs';

const check = process.argv.includes('--check');
const names = process.argv.slice(2).filter((argument) => argument !== '--check');
const quiet = { default: { logLevel: ExtractorLogLevel.None, addToApiReportFile: false } };

/** What API Extractor is told about one import of a package. */
function configOf(name, entry, reportTempFolder) {
  const projectFolder = packageFolder(name);
  const file = entry === '.' ? 'index' : entry.slice(2).replaceAll('/', '-');
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder,
      mainEntryPointFilePath: path.join(projectFolder, manifestOf(name).exports[entry].types),
      // TypeScript 7 wrote the types; what reads them here needs no settings but how modules are resolved.
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            module: 'nodenext',
            moduleResolution: 'nodenext',
            lib: ['es2023', 'dom'],
            types: ['node'],
            skipLibCheck: true,
          },
          include: ['dist/**/*.d.ts'],
        },
      },
      apiReport: { enabled: true, reportFileName: file, reportFolder: path.join(projectFolder, 'api'), reportTempFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: quiet, extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
      newlineKind: 'lf',
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(projectFolder, 'package.json'),
  });
}

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-api-'));
const stale = [];
let reports = 0;
for (const name of names.length > 0 ? names : publishedPackages()) {
  const configs = importsOf(name).map((entry) => configOf(name, entry, temporary));
  fs.mkdirSync(path.join(packageFolder(name), 'api'), { recursive: true });
  const state = CompilerState.create(configs[0], { additionalEntryPoints: configs.slice(1).map((each) => each.mainEntryPointFilePath) });
  for (const config of configs) {
    const { apiReportChanged, errorCount } = Extractor.invoke(config, {
      compilerState: state,
      localBuild: !check,
      messageCallback: (message) => (message.handled = true),
    });
    const report = path.relative(process.cwd(), config.reportFilePath);
    reports++;
    if (errorCount > 0 || apiReportChanged) stale.push(report);
  }
  // What can no longer be imported has no report.
  for (const file of fs.readdirSync(path.join(packageFolder(name), 'api'))) {
    const report = path.join(packageFolder(name), 'api', file);
    if (configs.some(({ reportFilePath }) => reportFilePath === report)) continue;
    stale.push(path.relative(process.cwd(), report));
    if (!check) fs.rmSync(report);
  }
}
fs.rmSync(temporary, { recursive: true, force: true });
console.log(`${reports} reports, ${stale.length} ${check ? 'stale' : 'written'}`);
for (const report of stale) console.log(`  ${report}`);
if (check && stale.length > 0) {
  console.error(
    'The public API is not what its reports say. Run `npm run build && npm run api`, and commit what changed: reviewers read it.',
  );
  process.exitCode = 1;
}

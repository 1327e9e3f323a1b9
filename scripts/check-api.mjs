#!/usr/bin/env node
/**
 * Compares the public API with its reports under docs/api/, one for each entry point of the package. Everything that a
 * signature uses must be exported and have a docblock.
 *
 *   node scripts/check-api.mjs            fails if a report is out of date
 *   node scripts/check-api.mjs --update   writes the reports
 *   node scripts/check-api.mjs --root DIR checks another package
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const { values } = parseArgs({ options: { update: { type: 'boolean' }, root: { type: 'string', default: '.' } } });
const root = resolve(values.root);
const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** What of the surface is refused. */
const FAULTS = ['ae-forgotten-export', 'ae-undocumented', 'ae-unresolved-link', 'ae-wrong-input-file-type'];
const COMPILER = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

// Below the root, so that packages are found; git ignores it.
mkdirSync(join(root, 'dist'), { recursive: true });
const work = mkdtempSync(join(root, 'dist', '.api-'));
try {
  emitDeclarations();
  const entries = Object.entries(exports).map(([entry, { types }]) => configOf(entry, join(work, types)));
  const [first, ...others] = entries;
  const additionalEntryPoints = others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath);
  const compilerState = CompilerState.create(first, { additionalEntryPoints });
  const faults = entries.flatMap((config) => checkEntry(config, compilerState));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

function emitDeclarations() {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  const options = ['--emitDeclarationOnly', '--declaration', '--noEmit', 'false', '--outDir', join(work, 'dist')];
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), ...options], { stdio: 'inherit' });
}

function configOf(entry, types) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions: COMPILER, files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: `${name}${entry === '.' ? '' : `-${entry.slice(2)}`}.api.md`,
        reportFolder: work,
        reportTempFolder: work,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: Object.fromEntries(FAULTS.map((id) => [id, { logLevel: 'error' }])),
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
}

/** @returns what is wrong with an entry point, a line each. */
function checkEntry(config, compilerState) {
  const file = `docs/api/${basename(config.reportFilePath)}`;
  const faults = [];
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback(message) {
      const { category, messageId, text, sourceFilePath = '', sourceFileLine } = message;
      if (FAULTS.includes(messageId) || category === 'Compiler')
        faults.push(`${relative(work, sourceFilePath)}:${sourceFileLine}: ${text} (${messageId})`);
      message.logLevel = ExtractorLogLevel.None;
      message.handled = true;
    },
  });
  const report = readFileSync(config.reportFilePath, 'utf8');
  const kept = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  if (values.update) {
    mkdirSync(join(root, 'docs/api'), { recursive: true });
    writeFileSync(join(root, file), report);
  } else if (kept !== report) faults.push(...changes(kept, report, file));
  return faults;
}

/** The lines that came and went, and what to do about it. */
function changes(before, after, file) {
  const [old, current] = [before, after].map((text) => new Set(text.split('\n')));
  const gone = [...old].filter((line) => !current.has(line)).map((line) => `  - ${line}`);
  const come = [...current].filter((line) => !old.has(line)).map((line) => `  + ${line}`);
  return [
    `the public API differs from ${file}:`,
    ...[...gone, ...come].slice(0, 40),
    'If that is what you want, run node scripts/check-api.mjs --update, and say it in CHANGELOG.md.',
  ];
}

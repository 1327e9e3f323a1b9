#!/usr/bin/env node
/**
 * Checks the layout of the code against the plan of docs/architecture.md: which folder may import which, which package is
 * used where, that nothing imports in a circle (types included), how many files a folder holds, what lies in `src/` itself.
 *
 *   node scripts/check-rooms.mjs [root]
 *
 * Prints one line per fault and exits with 1 if there are any.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';

/** From left to right: a room imports only from those of later rows. */
const ROWS = [
  ['cli', 'index.ts'],
  ['pipelines'],
  ['config', 'evaluate'],
  ['operators', 'server', 'sinks', 'cluster', 'exports'],
  ['events'],
  ['media', 'inference'],
  ['model'],
  ['overlay', 'zones'],
  ['track'],
  ['motion'],
  ['outline', 'cam'],
  ['protocol'],
  ['files'],
  ['threads'],
  ['text'],
  ['options'],
  ['error.ts'],
  ['error-codes.ts', 'types.ts'],
];
const ROW_OF = new Map(ROWS.flatMap((rooms, row) => rooms.map((room) => [room, row])));

const SHARED_WITH_BROWSERS = ['protocol', 'overlay', 'text', 'error.ts', 'error-codes.ts', 'types.ts'];
const PURE = ['cam', 'outline', 'motion', 'track', 'zones'];

/** Rooms with a rule of their own instead of the rows. The page is a subscriber like any other, so it uses the client. */
const OWN_IMPORTS = new Map([
  ['client', SHARED_WITH_BROWSERS],
  ['web-viewer', [...SHARED_WITH_BROWSERS, 'client']],
]);
/** Further rules, each of which holds beside the rows. */
const IMPORT_RULES = [
  {
    rooms: PURE,
    allows: (room) => [...PURE, 'types.ts', 'error.ts', 'error-codes.ts'].includes(room),
    why: 'is pure: it may import cam, outline, motion, track, zones, types.ts and error.ts',
  },
];
/** What rooms that follow the rows may import in spite of them. */
const EXTRA_IMPORTS = new Map([['cli', ['client']]]);

/** Packages, and the only places that may use them. */
const PACKAGES = [
  [/^fastify$|^@fastify\//, ['src/server/']],
  [/^ws$/, ['src/server/', 'src/client/']],
  [/^undici$/, ['src/model/fetch/', 'src/inference/', 'src/sinks/']],
  [/^node-av(\/|$)/, ['src/media/']],
  [/^onnxruntime-|^@tensorflow\//, ['src/inference/']],
  [/^@nats-io\/|^mqtt$/, ['src/cluster/', 'src/sinks/']],
];
const PURE_PACKAGES = ['munkres'];

const MOST_FILES = 18;
const IN_SRC_ITSELF = ['index.ts', 'types.ts', 'error.ts', 'error-codes.ts'];
const CODE = /\.(ts|mjs)$/;

const root = resolve(process.argv[2] ?? '.');
const faults = [];

const sources = ['src', 'pipelines', 'web-viewer/src'].flatMap(filesBelow).filter((file) => file.endsWith('.ts'));
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

for (const [file, targets] of imports) {
  for (const target of targets) checkImport(file, target);
}
checkCircles();
for (const folder of ['src', 'pipelines', 'web-viewer', 'test', 'bench', 'scripts']) checkSizes(folder);
for (const name of list('src').filter((name) => CODE.test(name) && !IN_SRC_ITSELF.includes(name))) {
  faults.push(`src/${name} sits directly in src/: only ${IN_SRC_ITSELF.join(', ')} do`);
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

/** The names of what a file imports, packages as they are written, files relative to the root. */
function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const names = text.matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g);
  return [...new Set([...names].map(([, , name]) => name))].map((name) =>
    name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), name)) : name,
  );
}

/** `cam` for `src/cam/peak.ts`, `types.ts` for `src/types.ts`, `pipelines` for what lies there. */
function roomOf(file) {
  const [top, second] = file.split('/');
  return top === 'src' ? second : top;
}

function checkImport(file, target) {
  const room = roomOf(file);
  if (!imports.has(target)) {
    const rule = PACKAGES.find(([name]) => name.test(target));
    if (rule !== undefined && !rule[1].some((place) => file.startsWith(place))) {
      faults.push(`${file} imports ${target}, which only ${rule[1].join(', ')} may`);
    }
    const isPackage = !target.startsWith('node:') && !/^[./]|^(src|pipelines|web-viewer)\//.test(target);
    if (PURE.includes(room) && (target.startsWith('node:') || (isPackage && !PURE_PACKAGES.includes(target)))) {
      faults.push(`${file} imports ${target}: ${room}/ is pure and imports no package but ${PURE_PACKAGES.join(', ')}`);
    }
    return;
  }
  const other = roomOf(target);
  if (other === room) return;
  const own = OWN_IMPORTS.get(room);
  if (own !== undefined) {
    if (!own.includes(other)) faults.push(`${file} imports ${target}: ${room}/ may import only ${own.join(', ')}`);
    return;
  }
  const beside = PURE.includes(room) && PURE.includes(other) && ROW_OF.get(other) === ROW_OF.get(room);
  const known = ROW_OF.has(room) && ROW_OF.has(other) && ROW_OF.get(other) > ROW_OF.get(room);
  if (!known && !beside && !EXTRA_IMPORTS.get(room)?.includes(other)) {
    faults.push(`${file} imports ${target}: ${room} is not left of ${other} in the plan`);
  }
  for (const { rooms, allows, why } of IMPORT_RULES) {
    if (rooms.includes(room) && !allows(other)) faults.push(`${file} imports ${target}: ${room}/ ${why}`);
  }
}

/** Tarjan's strongly connected components; each of more than one file is a circle. */
function checkCircles() {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const target of imports.get(file)) {
      if (!imports.has(target)) continue;
      if (!index.has(target)) {
        visit(target);
        low.set(file, Math.min(low.get(file), low.get(target)));
      } else if (stack.includes(target)) low.set(file, Math.min(low.get(file), index.get(target)));
    }
    if (low.get(file) !== index.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) faults.push(`these import in a circle: ${circle.join(', ')}`);
  };
  for (const file of imports.keys()) if (!index.has(file)) visit(file);
}

function checkSizes(folder) {
  const files = list(folder).filter((name) => CODE.test(name));
  if (files.length > MOST_FILES)
    faults.push(`${folder}/ holds ${files.length} files, at most ${MOST_FILES} are allowed`);
  for (const entry of entries(folder)) if (entry.isDirectory()) checkSizes(posix.join(folder, entry.name));
}

function filesBelow(folder) {
  return entries(folder).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function list(folder) {
  return entries(folder)
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

function entries(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).filter(({ name }) => name !== 'node_modules');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { onTestFinished } from 'vitest';

/** Turns a TypeScript program of the tests into one that Node runs, and returns its path. */
export async function buildProgram(name: string): Promise<string> {
  const outDir = resolve('dist/test-programs');
  await build({
    configFile: false,
    logLevel: 'silent',
    // With all it needs in one file it starts in a fraction of the time.
    ssr: { noExternal: true },
    build: {
      ssr: resolve(`test/events/programs/${name}.ts`),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return `${outDir}/${name}.mjs`;
}

export interface Program {
  readonly process: ChildProcess;
  /** The next line it prints on stdout. */
  line(): Promise<string>;
  /** Everything it wrote to stderr. */
  stderr(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a built program, and ends it with the test at the latest. */
export function runProgram(path: string, ...parameters: string[]): Program {
  const child = spawn(process.execPath, [path, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  onTestFinished(() => kill('SIGKILL'));
  return {
    process: child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the program ended: ${errors}`);
      return value;
    },
    stderr: () => errors,
    kill,
  };
}

import { spawnSync } from 'node:child_process';

let names: Set<string> | undefined;

/** The encoders of this machine's ffmpeg command. */
export function encoders(): ReadonlySet<string> {
  names ??= new Set(
    (spawnSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' }).stdout ?? '')
      .split('\n')
      .flatMap((line) => /^ [VAS][.A-Z]{5} (\S+)/.exec(line)?.[1] ?? []),
  );
  return names;
}

/** Says once why a test is skipped, and returns what `it.skipIf` takes. */
export function lacking(needed: readonly string[], what: string): boolean {
  const absent = needed.filter((name) => !encoders().has(name));
  if (absent.length > 0) process.stderr.write(`skipped: "${what}" needs ffmpeg's encoder ${absent.join(', ')}\n`);
  return absent.length > 0;
}

import { spawnSync } from 'node:child_process';
import { skipped } from './tools.ts';

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

/** Returns what `skipIf` takes for a test that needs encoders. Throws as `skipped` does. */
export function lacking(needed: readonly string[], what: string): boolean {
  const absent = needed.filter((name) => !encoders().has(name));
  return absent.length > 0 && skipped(`"${what}" needs ffmpeg's encoder ${absent.join(', ')}`);
}

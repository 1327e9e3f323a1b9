import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/files/package-root.ts';
import { tcpServer } from './tcp-server.ts';
import { skipped } from './tools.ts';

export { tcpServer };

const built = async (path: string) => import(pathToFileURL(join(packageRoot(), 'dist', path)).href);

/** The built modules: the sources' own cannot start their child processes. */
export const { openLiveSource } = (await built('src/media/source.js')) as typeof import('../../src/media/source.ts');
export const { keepAlive } = (await built(
  'src/operators/keep-alive.js',
)) as typeof import('../../src/operators/keep-alive.ts');
export const { watchLive } = (await built('pipelines/watch-live.js')) as typeof import('../../pipelines/watch-live.ts');

const PYTHON = '/usr/bin/python3';
const BINDINGS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

/** Returns what `skipIf` takes. Throws as `skipped` does. */
export function missingRtspServer(): boolean {
  if (spawnSync(PYTHON, ['-c', BINDINGS], { stdio: 'ignore' }).status === 0) return false;
  return skipped("tests that need GStreamer's RTSP server with its Python bindings");
}

export interface RtspServer {
  readonly url: string;
  readonly process: ChildProcess;
  /** Changes the picture's size in mid-stream. */
  resize(size: string): void;
  kill(): Promise<void>;
}

/** A red ball on grey, by GStreamer; or a file, where `encoder` is the path of an MP4. */
export async function rtspServer(
  port: number,
  { size = '320x240', fps = 25, encoder = 'h264' }: { size?: string; fps?: number; encoder?: string } = {},
): Promise<RtspServer> {
  const script = join(packageRoot(), 'test/support/rtsp-server.py');
  const child = spawn(PYTHON, [script, String(port), size, String(fps), encoder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return {
    url: `rtsp://127.0.0.1:${port}/live`,
    process: child,
    resize: (to) => void child.stdin.write(`size ${to}\n`),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = await tcpServer(() => {});
  const { port } = server;
  await server.close();
  return port;
}

/** The media hosts that a process has as children. */
export function mediaHosts(pid = process.pid): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return [];
  return readFileSync(list, 'utf8')
    .split(' ')
    .filter((child) => child.trim() !== '')
    .map(Number)
    .filter((child) => commandOf(child).includes('media/host/process-main.js'));
}

export function isRunning(pid: number): boolean {
  return commandOf(pid).includes('media/host/process-main.js');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

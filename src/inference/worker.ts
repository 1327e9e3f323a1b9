/** The network's home in a worker thread, since a run blocks the thread it is called on. */
import { parentPort } from 'node:worker_threads';
import { clock } from '../threads/notes.ts';
import { toWire, type WireError } from '../threads/wire-error.ts';
import type { ClassMaps, ModelInput } from '../types.ts';
import { buffersOf } from './buffers-of.ts';
import type { NetworkOptions } from './engine.ts';
import type { Precision } from './providers/precision.ts';
import type { RefinableNetwork } from './sessions/features.ts';
import type { Session } from './sessions/session.ts';

export type EngineCommand =
  | { readonly type: 'open'; readonly options: NetworkOptions }
  | { readonly type: 'run'; readonly id: number; readonly inputs: readonly ModelInput[] }
  | { readonly type: 'close' };

export type EngineEvent =
  | ({ readonly type: 'opened' } & Opened)
  | {
      readonly type: 'result';
      readonly id: number;
      readonly maps: ClassMaps[];
      readonly began: number;
      readonly milliseconds: number;
    }
  /** Without an id: the engine itself failed. */
  | { readonly type: 'failed'; readonly id?: number; readonly error: WireError };

/** What has come of the options. */
export interface Opened {
  readonly provider: string;
  readonly why?: string;
  readonly precision: Precision;
  readonly plain?: true;
  /** It gives evidence of outlines, by which boxes are drawn. */
  readonly outlined?: true;
  readonly variant?: RefinableNetwork;
}

const port = parentPort!;
let session: Session | undefined;
let turn = Promise.resolve();

port.on('message', (command: EngineCommand) => {
  turn = turn.then(() => obey(command));
});

/** Only the engine that is used is loaded. */
async function openSession(options: NetworkOptions): Promise<Session> {
  if (options.tfjs === undefined) return (await import('./sessions/onnx-session.ts')).openOnnxSession(options);
  return (await import('./tfjs/tfjs-session.ts')).openTfjsSession(options);
}

async function obey(command: EngineCommand): Promise<void> {
  try {
    if (command.type === 'open') {
      session = await openSession(command.options);
      const { provider, why, precision, plain, outlined, variant } = session;
      const further = {
        ...(why && { why }),
        ...(plain && { plain }),
        ...(outlined && { outlined }),
        ...(variant && { variant }),
      };
      // Megabytes that only main has use for.
      send(
        { type: 'opened', provider, precision, ...further },
        variant?.weights ? [variant.weights.data.buffer as ArrayBuffer] : [],
      );
    } else if (command.type === 'run') {
      const began = clock();
      const maps = await session!.run(command.inputs);
      const milliseconds = clock() - began;
      send({ type: 'result', id: command.id, maps, began, milliseconds }, buffersOf(maps));
    } else {
      try {
        await session?.release();
      } finally {
        port.close();
      }
    }
  } catch (error) {
    send({ type: 'failed', ...(command.type === 'run' ? { id: command.id } : {}), error: toWire(error) });
  }
}

function send(event: EngineEvent, transfer: ArrayBuffer[] = []): void {
  port.postMessage(event, transfer);
}

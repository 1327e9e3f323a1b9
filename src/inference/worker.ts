/** The network's home in a worker thread, since onnxruntime's `run` blocks the thread it is called on. */
import { parentPort, type TransferListItem } from 'node:worker_threads';
import type { ClassMaps, ClassWeights, ModelInput } from '../types.ts';
import { toWire, type WireError } from '../wire-error.ts';
import type { EngineOptions } from './engine.ts';
import { type OnnxSession, openOnnxSession } from './onnx-session.ts';

export type EngineCommand =
  | { readonly type: 'open'; readonly options: EngineOptions }
  | { readonly type: 'run'; readonly id: number; readonly inputs: readonly ModelInput[] }
  | { readonly type: 'close' };

export type EngineEvent =
  | { readonly type: 'opened'; readonly plain?: true; readonly weights?: ClassWeights }
  | { readonly type: 'result'; readonly id: number; readonly maps: ClassMaps[]; readonly milliseconds: number }
  /** Without an id: the engine itself failed. */
  | { readonly type: 'failed'; readonly id?: number; readonly error: WireError };

const port = parentPort!;
let session: OnnxSession | undefined;
let turn = Promise.resolve();

port.on('message', (command: EngineCommand) => {
  turn = turn.then(() => obey(command));
});

async function obey(command: EngineCommand): Promise<void> {
  try {
    if (command.type === 'open') {
      session = await openOnnxSession(command.options);
      const { plain, weights } = session;
      send({ type: 'opened', ...(plain ? { plain } : {}), ...(weights ? { weights } : {}) });
    } else if (command.type === 'run') {
      const start = performance.now();
      const maps = await session!.run(command.inputs);
      const buffers = maps.flatMap(buffersOf);
      send({ type: 'result', id: command.id, maps, milliseconds: performance.now() - start }, buffers);
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

function buffersOf({ maps, logits, features }: ClassMaps): TransferListItem[] {
  const further = features ? [features.last, ...features.affinities].map(({ data }) => data) : [];
  return [maps, logits, ...further].map(({ buffer }) => buffer as ArrayBuffer);
}

function send(event: EngineEvent, transfer: TransferListItem[] = []): void {
  port.postMessage(event, transfer);
}

import type { Label } from '../types.ts';
import type { Manifest } from './files/manifest.ts';
import type { LabelTree } from './labels/label-tree.ts';
import type { TfjsNetwork } from './tfjs/network.ts';

/** Where a taught head is, and what it does to its trunk's network. */
export interface TaughtHead {
  /** Of its file, absolute. */
  readonly path: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Whether the network's own classes stay, before the taught ones. */
  readonly keepClasses: boolean;
}

/** A model whose files are there. Its networks are compared with the hashes of its manifest when an engine opens them. */
export interface Model {
  /** As `loadModel` takes it. */
  readonly name: string;
  /** Its folder, absolute. */
  readonly dir: string;
  /** The network's file, absolute: ONNX, or the `model.json` of `tfjs`. */
  readonly networkPath: string;
  /** The network where TensorFlow.js is to run it. */
  readonly tfjs?: TfjsNetwork;
  /** Its 8-bit form, where there is one. */
  readonly int8Path?: string;
  /** Its decoder of outlines, where there is one. */
  readonly outlinePath?: string;
  /** What classes taught on it are not, where that is known. */
  readonly backgroundPath?: string;
  /** The head of classes that were taught; the networks above are then those of the model it was taught on. */
  readonly head?: TaughtHead;
  /** What its `manifest.json` says. */
  readonly manifest: Manifest;
  /** `labels[i].index === i` */
  readonly labels: readonly Label[];
  /** The same under WordNet's synsets, where they have WordNet ids. */
  readonly tree: LabelTree;
}

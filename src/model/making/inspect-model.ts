import { HeatboxError } from '../../error.ts';
import { type ClassifierOptions, readClassifier } from '../classifier/classifier.ts';
import { classifierCam } from '../classifier/classifier-cam.ts';
import { manifestOf } from '../classifier/classifier-manifest.ts';
import type { ClassifierManifest } from '../files/manifest.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import type { Cam } from '../surgery/index.ts';
import { networkOf, tfjsHead } from '../tfjs/head.ts';
import type { TfjsHead } from '../tfjs/network.ts';

export interface Inspection {
  /** A manifest for the network, to be corrected and put beside it. */
  readonly manifest: ClassifierManifest;
  /** What surgery gives, or why it cannot. */
  readonly cam: Omit<Cam, 'bytes'> | undefined;
  /** The same of a graph model, which TensorFlow.js runs as it is. */
  readonly tfjs: TfjsHead | undefined;
  readonly refusal: HeatboxError | undefined;
  /** Why the preprocessing was guessed so; undefined where it was given. */
  readonly guessed: string | undefined;
}

/**
 * Looks at a classifier: what it takes, whether it can give class activation maps, and a manifest that says so, guessed
 * where the file does not tell.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND`, `MODEL_DAMAGED`, `MODEL_MANIFEST_INVALID`, and `MODEL_UNSUPPORTED` for what is
 * no image classifier. That it has no CAM is no error here.
 */
export async function inspectModel(path: string, options: ClassifierOptions & { open: OpenOnnx }): Promise<Inspection> {
  const classifier = await readClassifier(path, options);
  let cam: Cam | undefined;
  let refusal: HeatboxError | undefined;
  // TensorFlow.js alone runs a graph model; there is nothing to rewrite.
  const tfjs = classifier.format === 'tfjs-graph' ? await tfjsHead(networkOf(classifier)!) : undefined;
  try {
    if (tfjs === undefined) cam = await classifierCam(classifier, options.open);
  } catch (error) {
    if (!(error instanceof HeatboxError) || !['MODEL_NO_CAM', 'MODEL_DIFFERS'].includes(error.code)) throw error;
    refusal = error;
  }
  const layout = cam?.input.layout;
  const manifest = manifestOf(classifier, { ...(layout && { layout }), size: cam?.size ?? tfjs?.size });
  const { bytes: _, ...seen } = cam ?? { bytes: undefined };
  return { manifest, cam: cam && (seen as Omit<Cam, 'bytes'>), tfjs, refusal, guessed: classifier.guessed };
}

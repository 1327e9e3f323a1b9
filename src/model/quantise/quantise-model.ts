import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import type { ModelInput } from '../../types.ts';
import { type Manifest, manifestSchema } from '../files/manifest.ts';
import { checkBytes, unreadable } from '../files/verify-file.ts';
import type { Model } from '../model.ts';
import { type OnnxModel, readOnnx, writeOnnx } from '../onnx/index.ts';
import type { OpenOnnx, PlainTensor } from '../run-onnx.ts';
import { indexGraph } from '../surgery/graph-index.ts';
import { type Agreement, compareLogits } from './agreement.ts';
import { calibrate } from './calibrate.ts';
import { planQuantisation } from './plan.ts';
import { quantiseNetwork } from './quantise-network.ts';

export interface Quantised {
  /** Its file. */
  readonly path: string;
  readonly bytes: number;
  readonly convolutions: number;
  /** On the pictures it was calibrated on. */
  readonly agreement: Agreement;
}

const FILE = 'model.int8.onnx';
/** Dequantising with a scale a channel came with this version of the operators. */
const LEAST_OPSET = 13;
const BATCH = 4;

/**
 * Makes the 8-bit form of a model's network and puts it into the model's folder, beside the one in float, with its hash in
 * the manifest. One that is there is replaced.
 *
 * @param pictures To calibrate on: what the network will be used on, at the sizes it will be used at.
 * @throws HeatboxError `MODEL_UNSUPPORTED` for a network that cannot be quantised, `NO_IMAGES`, `MODEL_DAMAGED`,
 * `MODEL_UNWRITABLE`
 */
export async function quantiseModel(model: Model, pictures: readonly ModelInput[], open: OpenOnnx): Promise<Quantised> {
  const { manifest, head } = model;
  if (head !== undefined) {
    throw new HeatboxError('MODEL_UNSUPPORTED', `${model.name} was taught: it uses the 8-bit form of its trunk`, {
      value: model.name,
      kind: 'usage',
      hint: 'Quantise the model that it was taught on.',
    });
  }
  const original = await readFile(model.networkPath).catch((cause: unknown) => {
    throw unreadable(model.networkPath, cause);
  });
  checkBytes(model.networkPath, original, manifest.files.model);
  const network = readOnnx(original);
  const plan = planQuantisation(indexGraph(network.graph), manifest.outputs.maps);
  checkQuantisable(network, plan.convolutions.size);
  const batches = batchesOf(pictures, manifest.input.onlyBatch);
  const own = plan.values.filter((value) => !plan.sharing.has(value));
  const ranges = await calibrate(network, own, batches, open);
  const bytes = writeOnnx(quantiseNetwork(network, plan, ranges));
  const agreement = compareLogits(
    await logitsOf(writeOnnx(network), manifest, batches, open),
    await logitsOf(bytes, manifest, batches, open),
  );
  await store(model, bytes, `${pictures.length} pictures, ranges of least squared error`);
  return { path: join(model.dir, FILE), bytes: bytes.length, convolutions: plan.convolutions.size, agreement };
}

function checkQuantisable({ opsetImport }: OnnxModel, convolutions: number): void {
  const opset = opsetImport.find(({ domain }) => (domain ?? '') === '')?.version ?? 0;
  const reason =
    convolutions === 0
      ? 'no convolution of it, before the one that gives the maps, has its weights in the file'
      : opset < LEAST_OPSET
        ? `its operators are of version ${opset}; ${LEAST_OPSET} is needed`
        : undefined;
  if (reason === undefined) return;
  throw new HeatboxError('MODEL_UNSUPPORTED', `the network cannot be quantised: ${reason}`, {
    value: opset,
    kind: 'usage',
    hint: `Export it again, with its weights and operators of version ${LEAST_OPSET} or later.`,
  });
}

/** Pictures of one size together; where the network takes a fixed number, the last ones are filled up with the last picture. */
function batchesOf(pictures: readonly ModelInput[], only: number | undefined): PlainTensor[] {
  const sizes = new Map<string, ModelInput[]>();
  for (const picture of pictures) {
    const key = `${picture.width}x${picture.height}`;
    sizes.set(key, [...(sizes.get(key) ?? []), picture]);
  }
  const batches: PlainTensor[] = [];
  const most = only ?? BATCH;
  for (const same of sizes.values()) {
    for (let start = 0; start < same.length; start += most) {
      const some = same.slice(start, start + most);
      while (only !== undefined && some.length < only) some.push(some.at(-1)!);
      const { width, height } = some[0]!;
      const data = new Uint8Array(some.length * width * height * 3);
      for (const [position, picture] of some.entries()) data.set(picture.data, position * width * height * 3);
      batches.push({ type: 'uint8', dims: [some.length, height, width, 3], data });
    }
  }
  return batches;
}

async function logitsOf(
  network: Uint8Array,
  { input, outputs }: Manifest,
  batches: readonly PlainTensor[],
  open: OpenOnnx,
): Promise<PlainTensor[]> {
  const session = await open(network);
  try {
    const logits: PlainTensor[] = [];
    for (const batch of batches) logits.push((await session.run({ [input.name]: batch }))[outputs.logits]!);
    return logits;
  } finally {
    await session.close();
  }
}

/** Writes both files beside their places first, so that neither is ever half there. */
async function store({ dir, manifest }: Model, bytes: Uint8Array, calibration: string): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const next = manifestSchema.parse({
    ...manifest,
    files: { ...manifest.files, int8: { path: FILE, sha256, bytes: bytes.length, calibration } },
  });
  let work: string | undefined;
  try {
    work = await mkdtemp(join(dir, '.int8-'));
    await writeFile(join(work, FILE), bytes);
    await writeFile(join(work, 'manifest.json'), `${JSON.stringify(next, null, 2)}\n`);
    await rename(join(work, FILE), join(dir, FILE));
    await rename(join(work, 'manifest.json'), join(dir, 'manifest.json'));
  } catch (cause) {
    throw new HeatboxError('MODEL_UNWRITABLE', `the network cannot be written to ${dir}: ${(cause as Error).message}`, {
      value: dir,
      hint: 'Check the permissions and the space of that disk; copy the folder elsewhere and give --model that one.',
      cause,
    });
  } finally {
    if (work !== undefined) await rm(work, { recursive: true, force: true });
  }
}

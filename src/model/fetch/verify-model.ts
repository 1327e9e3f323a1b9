import { checkChecksums } from '../files/checksums.ts';
import { loadModel, modelFolder, verifyNetworks } from '../load-model.ts';
import type { OpenOnnx } from '../run-onnx.ts';

/**
 * Compares a model's files with their hashes, those of its manifest or its `SHA256SUMS`, and loads it.
 *
 * @param which - as `loadModel` takes it.
 * @returns its folder.
 * @throws HeatboxError as `loadModel` does, `MODEL_DAMAGED` above all.
 */
export async function verifyModel(which: string, open: OpenOnnx): Promise<string> {
  const dir = await modelFolder(which);
  await checkChecksums(dir);
  await verifyNetworks(await loadModel(which, { open }));
  return dir;
}

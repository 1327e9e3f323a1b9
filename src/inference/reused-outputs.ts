import { type InferenceSession, Tensor } from 'onnxruntime-node';

type Values = Readonly<Record<string, Tensor>>;

/** Shapes of inputs that are remembered: batches of a few sizes. More are rare, and then all are forgotten. */
const SHAPES = 16;

/**
 * Runs a session with its float32 outputs written into buffers that can be handed to another thread and come back: each is
 * written straight into its place, and frame after frame leaves nothing to collect. Outputs of other types, the sizes of
 * grids, depend on the shape of the inputs alone and are read once for each.
 */
export function reusedOutputs(session: InferenceSession): {
  run(feeds: Values): Promise<Values>;
  /** Takes buffers of earlier outputs. */
  reuse(buffers: readonly ArrayBuffer[]): void;
} {
  const known = new Map<string, { readonly sized: readonly [string, readonly number[]][]; readonly fixed: Values }>();
  let spare: ArrayBuffer[] = [];

  function blank(dims: readonly number[]): Tensor {
    const bytes = 4 * dims.reduce((product, dim) => product * dim, 1);
    const found = spare.findIndex(({ byteLength }) => byteLength === bytes);
    const buffer = found < 0 ? new ArrayBuffer(bytes) : spare.splice(found, 1)[0]!;
    return new Tensor('float32', new Float32Array(buffer), dims);
  }

  /** The runtime's own buffers are not ours to give away. */
  async function firstOfShape(shape: string, feeds: Values): Promise<Values> {
    const outputs = Object.entries(await session.run(feeds)) as [string, Tensor][];
    const copies = outputs.map(([name, { type, data, dims }]): [string, Tensor] => [
      name,
      new Tensor(type, data.slice() as Float32Array, dims),
    ]);
    for (const [, output] of outputs) output.dispose();
    if (known.size === SHAPES) {
      known.clear();
      spare = [];
    }
    known.set(shape, {
      sized: copies.flatMap(([name, { type, dims }]) => (type === 'float32' ? [[name, dims]] : [])),
      fixed: Object.fromEntries(copies.filter(([, { type }]) => type !== 'float32')),
    });
    return Object.fromEntries(copies);
  }

  return {
    async run(feeds) {
      const shape = Object.values(feeds)
        .map(({ dims }) => dims.join())
        .join(';');
      const layout = known.get(shape);
      if (layout === undefined) return firstOfShape(shape, feeds);
      const fetches = Object.fromEntries(layout.sized.map(([name, dims]) => [name, blank(dims)]));
      await session.run(feeds, fetches);
      return { ...layout.fixed, ...fetches };
    },
    reuse(buffers) {
      spare.push(...buffers);
    },
  };
}

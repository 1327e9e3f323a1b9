import {
  dataType,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxNode,
} from '../onnx/index.ts';

/** What a network computes further so that its maps can be spread by the likeness of its own features. */
export interface AffinityGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  /** For each stage the output of its affinities, `[N, seed cells, rows · cols]`, and that of its grid, `[2]`: rows, cols. */
  readonly outputs: readonly { readonly affinity: string; readonly grid: string }[];
}

/** From this opset on, `ReduceSum` takes its axes as an input. */
const AXES_AS_INPUT = 13;
/** What the nodes here need at least. */
const LEAST_OPSET = 11;
const LEAST_LENGTH = 1e-6;

/**
 * How alike the cells of a stage are to the region of each seed cell, as part of the network's own graph. With f_j the
 * features of cell j, scaled to length 1, and u_kj the share of seed cell k in it, bilinearly upsampled:
 *
 *     affinity[k, i] = f_i · Σ_j u_kj f_j
 *
 * A map on the seed's grid is then spread over the stage by one small product, whichever class it is of, and the features,
 * of some megabytes a frame, need not leave the network.
 *
 * @param seed The value whose grid the seed maps have: `[N, channels, rows, cols]`.
 * @param stages Activations, `[N, channels, rows, cols]`, of any grid.
 * @param whole Those of them that are not floats.
 * @returns nothing where the network's operators are of a version too old for this.
 */
export function affinityGraph(
  seed: string,
  stages: readonly string[],
  opsets: OnnxModel['opsetImport'],
  whole: ReadonlySet<string> = new Set(),
): AffinityGraph | undefined {
  const opset = opsets.find(({ domain }) => domain === '' || domain === undefined)?.version ?? 0;
  if (opset < LEAST_OPSET) return undefined;
  const nodes: OnnxNode[] = [];
  const own = (name: string) => `affinity/${name}`;
  const add = (opType: string, input: readonly string[], name: string, attributes = {}): string => {
    nodes.push(onnxNode(opType, input, [own(name)], attributes));
    return own(name);
  };
  const gridOf = (value: string, name: string) =>
    add('Slice', [add('Shape', [value], `${name}/shape`), own('two'), own('four')], `${name}/grid`);

  const grid = gridOf(seed, 'seed');
  const count = add('ReduceProd', [grid], 'seed/count', { keepdims: 1 });
  const square = add('Concat', [count, count], 'seed/square', { axis: 0 });
  const identity = add('EyeLike', [add('ConstantOfShape', [square], 'seed/none')], 'seed/identity', {
    dtype: dataType.float32,
  });
  const planes = add('Concat', [own('one'), count, grid], 'seed/planes', { axis: 0 });
  const cells = add('Reshape', [identity, planes], 'seed/cells');

  const outputs = stages.map((stage, index) => {
    const name = (part: string) => `${index}/${part}`;
    const rows = gridOf(stage, String(index));
    const size = add('Concat', [own('one'), count, rows], name('size'), { axis: 0 });
    const upsampled = add('Resize', [cells, own('nothing'), own('nothing'), size], name('upsampled'), {
      mode: 'linear',
      coordinate_transformation_mode: 'half_pixel',
    });
    const flat = (value: string, part: string) => add('Reshape', [value, own('flat')], name(part));
    const shares = flat(upsampled, 'shares');
    // Whole numbers are as good: their scale is that of all features alike.
    const features = flat(
      whole.has(stage) ? add('Cast', [stage], name('cast'), { to: dataType.float32 }) : stage,
      'features',
    );
    // In its parts, which the runtime does faster than `ReduceL2`.
    const squares = add('Mul', [features, features], name('squares'));
    const sum =
      opset < AXES_AS_INPUT
        ? add('ReduceSum', [squares], name('sum'), { axes: [1], keepdims: 1 })
        : add('ReduceSum', [squares, own('one')], name('sum'), { keepdims: 1 });
    const divisor = add('Max', [add('Sqrt', [sum], name('length')), own('least')], name('divisor'));
    const weights = add('Div', [shares, divisor], name('weights'));
    const transposed = add('Transpose', [features], name('transposed'), { perm: [0, 2, 1] });
    const prototypes = add('MatMul', [weights, transposed], name('prototypes'));
    const products = add('MatMul', [prototypes, features], name('products'));
    return { affinity: add('Div', [products, divisor], name('affinity')), grid: rows };
  });
  const initializer = [
    int64Tensor(own('one'), [1], [1]),
    int64Tensor(own('two'), [1], [2]),
    int64Tensor(own('four'), [1], [4]),
    int64Tensor(own('flat'), [3], [0, 0, -1]),
    float32Tensor(own('nothing'), [0], []),
    float32Tensor(own('least'), [], [LEAST_LENGTH]),
  ];
  return { nodes, initializer, outputs };
}

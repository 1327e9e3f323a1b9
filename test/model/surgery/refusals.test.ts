import { describe, expect, it } from 'vitest';
import { HeatboxError } from '../../../src/error.ts';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { dataType } from '../../../src/model/onnx/index.ts';
import { preprocessings } from '../../../src/model/preprocessing.ts';
import { makeCam } from '../../../src/model/surgery/index.ts';
import { type Builder, network } from './networks.ts';

describe('a network that cannot have a CAM is refused with the reason and the node', () => {
  it('whose dense layer reads flattened maps', async () => {
    const error = await refusal((net, maps) => {
      const flat = net.node('Flatten', [maps], { axis: 1 }, 'flat');
      const hidden = net.node('Gemm', [flat, net.weights([8 * 36, 16])], {}, 'fc6');
      return net.node('Gemm', [net.node('Relu', [hidden]), net.weights([16, 5])], {}, 'fc7');
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'fc6', kind: 'usage' });
    expect(error.message).toContain('own weights for every position of the 8×6×6 maps');
  });

  it('whose only dense layer reads flattened maps', async () => {
    const error = await refusal((net, maps) =>
      net.node('Gemm', [net.node('Flatten', [maps]), net.weights([8 * 36, 5])], {}, 'classifier'),
    );
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'classifier' });
  });

  it('with a hidden layer behind the pooling, as MobileNetV3', async () => {
    const error = await refusal((net, maps) => {
      const hidden = net.conv(net.node('GlobalAveragePool', [maps], {}, 'pool'), 8, 16, { kernel: 1 });
      const active = net.node('HardSwish', [hidden], {}, 'swish');
      return net.node('Flatten', [net.conv(active, 16, 5, { kernel: 1 })]);
    }, 14);
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'swish' });
    expect(error.message).toContain("between the global average pooling 'pool' and the output");
  });

  it('with a layer norm behind the pooling, as ConvNeXt', async () => {
    const error = await refusal((net, maps) => {
      const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [maps])]);
      const norm = net.node('LayerNormalization', [pooled, net.weights([8]), net.weights([8])], { axis: -1 }, 'norm');
      return net.node('Gemm', [norm, net.weights([8, 5])]);
    }, 17);
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'norm' });
  });

  it('that pools by maximum', async () => {
    const error = await refusal((net, maps) => {
      const pooled = net.node('Flatten', [net.node('GlobalMaxPool', [maps], {}, 'peak')]);
      return net.node('Gemm', [pooled, net.weights([8, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'peak' });
    expect(error.message).toContain('maximum');
  });

  it('that pools by average and by maximum and joins both', async () => {
    const error = await refusal((net, maps) => {
      const both = [net.node('GlobalAveragePool', [maps]), net.node('GlobalMaxPool', [maps])];
      const joined = net.node('Flatten', [net.node('Concat', both, { axis: 1 }, 'both')]);
      return net.node('Gemm', [joined, net.weights([16, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'both' });
  });

  it('that pools by attention', async () => {
    const error = await refusal((net, maps) => {
      const tokens = net.node('Reshape', [maps, net.integers([0, 8, 36])]);
      const scores = net.node('MatMul', [net.weights([1, 8]), tokens]);
      const weights = net.node('Transpose', [net.node('Softmax', [scores], { axis: -1 })], { perm: [0, 2, 1] });
      const pooled = net.node('Squeeze', [net.node('MatMul', [tokens, weights], {}, 'attend'), net.integers([2])]);
      return net.node('Gemm', [pooled, net.weights([8, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'attend' });
    expect(error.message).toContain('attention');
  });

  it('that takes a class token', async () => {
    const error = await refusal((net, maps) => {
      const tokens = net.node('Transpose', [net.node('Reshape', [maps, net.integers([0, 8, 36])])], {
        perm: [0, 2, 1],
      });
      const first = net.node('Gather', [tokens, net.integers([0])], { axis: 1 }, 'token');
      return net.node('Gemm', [net.node('Squeeze', [first, net.integers([1])]), net.weights([8, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'token' });
  });

  it('that averages windows instead of the whole map', async () => {
    const error = await refusal((net, maps) => {
      const pooled = net.node('AveragePool', [maps], { kernel_shape: [3, 3], strides: [3, 3] }, 'windows');
      return net.node('Gemm', [net.node('Flatten', [pooled]), net.weights([32, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'windows' });
    expect(error.message).toContain('windows of 3×3 of the 6×6 maps to 2×2');
  });

  it('that averages over the channels', async () => {
    const error = await refusal((net, maps) => {
      const mean = net.node('ReduceMean', [maps], { axes: [1], keepdims: 0 }, 'grey');
      return net.node('Gemm', [net.node('Flatten', [mean]), net.weights([36, 5])]);
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'grey' });
  });

  it('that gives the best class only', async () => {
    const error = await refusal((net, maps) => {
      const logits = net.node('Gemm', [
        net.node('Flatten', [net.node('GlobalAveragePool', [maps])]),
        net.weights([8, 5]),
      ]);
      return net.node('ArgMax', [logits], { axis: 1 }, 'best');
    });
    expect(error).toMatchObject({ code: 'MODEL_NO_CAM', value: 'best' });
  });
});

describe('a network that heatbox cannot feed is refused', () => {
  it('with grey images', async () => {
    const net = network();
    const maps = net.conv(net.input('pixels', [1, 1, 24, 24]), 1, 5);
    await expect(makeCam(net.bytes(net.node('GlobalAveragePool', [maps])), options, openOnnx)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('[1, 1, 24, 24], which is not a colour image'),
    });
  });

  it('with two inputs', async () => {
    const net = network();
    const sum = net.node('Add', [net.input('left', [1, 3, 24, 24]), net.input('right', [1, 3, 24, 24])]);
    await expect(makeCam(net.bytes(net.node('GlobalAveragePool', [sum])), options, openOnnx)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('left, right'),
    });
  });

  it('with sequences', async () => {
    const net = network();
    const value = net.node('Relu', [net.input('tokens', ['N', 128], dataType.float32)]);
    await expect(makeCam(net.bytes(value), options, openOnnx)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining("'tokens' is [N, 128]"),
    });
  });

  it('of an old opset', async () => {
    const net = network({ opset: 6 });
    const bytes = net.bytes(net.node('GlobalAveragePool', [net.input('pixels', [1, 3, 24, 24])]));
    await expect(makeCam(bytes, options, openOnnx)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED', value: 6 });
  });

  it('that the engine cannot run, with its reason', async () => {
    const net = network();
    const value = net.node('NoSuchOperator', [net.input('pixels', [1, 3, 24, 24])]);
    const failure = await makeCam(net.bytes(net.node('GlobalAveragePool', [value])), options, openOnnx).catch((e) => e);
    expect(failure).toMatchObject({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('NoSuchOperator') });
    expect(failure.cause).toBeInstanceOf(Error);
  });

  it('that is no ONNX file at all', async () => {
    const text = Buffer.from('<html>not found</html>');
    await expect(makeCam(text, options, openOnnx)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
  });
});

const options = { preprocessing: preprocessings.unit };

/** What is said of a network with this head behind maps of 8 channels and 6×6 positions. */
async function refusal(head: (net: Builder, maps: string) => string, opset = 13): Promise<HeatboxError> {
  const net = network({ opset });
  const strided = net.node('Relu', [net.conv(net.input('pixels', [1, 3, 24, 24]), 3, 8, { stride: 2 })]);
  const maps = net.node('Relu', [net.conv(strided, 8, 8, { stride: 2 })]);
  const failure = await makeCam(net.bytes(head(net, maps)), options, openOnnx).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(HeatboxError);
  return failure as HeatboxError;
}

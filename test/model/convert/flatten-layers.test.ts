import { describe, expect, it } from 'vitest';
import { flattenLayers } from '../../../src/model/convert/flatten-layers.ts';

/** As Keras 2 writes a layer that reads others. */
const old = (class_name: string, name: string, ...inputs: string[]) => ({
  class_name,
  name,
  config: { name },
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
});

/** As Keras 3 does. */
const recent = (class_name: string, name: string, ...inputs: string[]) => {
  const tensors = inputs.map((input) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 8, 8, 3], dtype: 'float32', keras_history: [input, 0, 0] },
  }));
  const args = tensors.length > 1 ? [tensors] : tensors;
  return { class_name, name, config: { name }, inbound_nodes: inputs.length === 0 ? [] : [{ args, kwargs: {} }] };
};

describe('the layers of a Keras network', () => {
  it('are the same from Keras 2 and Keras 3', () => {
    const layersOf = (layer: typeof old | typeof recent) => [
      layer('InputLayer', 'in'),
      layer('ReLU', 'a', 'in'),
      layer('ReLU', 'b', 'in'),
      layer('Add', 'sum', 'a', 'b'),
    ];
    const two = flattenLayers({
      class_name: 'Functional',
      config: { name: 'net', layers: layersOf(old), input_layers: [['in', 0, 0]], output_layers: [['sum', 0, 0]] },
    });
    const three = flattenLayers({
      class_name: 'Functional',
      config: { name: 'net', layers: layersOf(recent), input_layers: ['in', 0, 0], output_layers: ['sum', 0, 0] },
    });
    expect(three).toEqual(two);
    expect(two.output).toBe('sum');
    expect(two.layers.map(({ name, inputs }) => [name, inputs])).toEqual([
      ['in', []],
      ['a', ['in']],
      ['b', ['in']],
      ['sum', ['a', 'b']],
    ]);
  });

  it('come out of nested models, each under a name of its own', () => {
    const block = (name: string) => ({
      class_name: 'Functional',
      config: {
        name,
        layers: [old('InputLayer', 'in'), old('Conv2D', 'conv', 'in')],
        input_layers: [['in', 0, 0]],
        output_layers: [['conv', 0, 0]],
      },
      inbound_nodes: [[[name === 'first' ? 'in' : 'first', 0, 0, {}]]],
    });
    const row = { class_name: 'Sequential', config: { name: 'row', layers: [old('ReLU', 'x'), old('ReLU', 'y')] } };
    const { layers, output } = flattenLayers({
      class_name: 'Functional',
      config: {
        name: 'net',
        layers: [
          old('InputLayer', 'in'),
          block('first'),
          block('second'),
          { ...row, inbound_nodes: [[['second', 0, 0, {}]]] },
          old('Dense', 'fc', 'row'),
        ],
        input_layers: [['in', 0, 0]],
        output_layers: [['fc', 0, 0]],
      },
    });
    expect(layers.map(({ name, ownName, inputs }) => [name, ownName, inputs])).toEqual([
      ['in', 'in', []],
      ['conv', 'conv', ['in']],
      ['conv-2', 'conv', ['conv']],
      ['x', 'x', ['conv-2']],
      ['y', 'y', ['x']],
      ['fc', 'fc', ['y']],
    ]);
    expect(output).toBe('fc');
  });

  it.each([
    [[null, 96, 128, 3], { height: 96, width: 128 }],
    [[null, null, null, 3], undefined],
  ])('say the size of the input: %j', (batch_input_shape, size) => {
    const first = { class_name: 'Conv2D', config: { name: 'conv', batch_input_shape } };
    expect(flattenLayers({ class_name: 'Sequential', config: [first] }).size).toEqual(size);
  });

  it.each([
    ['has two inputs', { input_layers: [['in'], ['more']], output_layers: [['a']] }, /2 inputs and 1 outputs/],
    ['has two outputs', { input_layers: [['in']], output_layers: [['a'], ['in']] }, /1 inputs and 2 outputs/],
    ['has an output it does not have', { input_layers: [['in']], output_layers: [['z']] }, /output z/],
  ])('are refused when the network %s', (_, ends, message) => {
    const layers = [old('InputLayer', 'in'), old('ReLU', 'a', 'in')];
    expect(() => flattenLayers({ class_name: 'Model', config: { name: 'net', layers, ...ends } })).toThrow(message);
  });

  it('are refused when one is used twice', () => {
    const shared = { ...old('Conv2D', 'conv', 'in'), inbound_nodes: [[['in', 0, 0, {}]], [['conv', 0, 0, {}]]] };
    const config = { name: 'net', layers: [old('InputLayer', 'in'), shared] };
    expect(() => flattenLayers({ class_name: 'Model', config })).toThrow(/conv is used 2 times/);
  });
});

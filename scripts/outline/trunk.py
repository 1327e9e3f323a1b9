"""Cuts heatbox' ResNet-50 for the training of the outline decoder.

    python3 trunk.py stages  --model model.onnx --out stages.onnx
    python3 trunk.py reduced --model model.onnx --pca pca.npz --out reduced.onnx

`stages` gives the activations of stages 2 to 5; `reduced` gives them projected on their principal components, in float16,
which is what the decoder is trained on: a twentieth of the bytes.
"""
import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# The last activation of each stage, at 1/4, 1/8, 1/16 and 1/32 of the input; the same names in the 8-bit network.
STAGES = ["activation_9", "activation_21", "activation_39", "activation_48"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["stages", "reduced"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--pca")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    model = onnx.load(args.model)
    graph = model.graph
    if args.what == "stages":
        outputs = [(name, TensorProto.FLOAT) for name in STAGES]
    else:
        pca = np.load(args.pca)
        outputs = []
        for position, stage in enumerate(STAGES):
            basis, mean = pca[f"basis{position}"], pca[f"mean{position}"]  # [kept, channels], [channels]
            name = f"reduced{position}"
            graph.initializer.append(numpy_helper.from_array(basis[:, :, None, None].astype(np.float32), f"{name}/kernel"))
            graph.initializer.append(numpy_helper.from_array((-basis @ mean).astype(np.float32), f"{name}/bias"))
            graph.node.append(helper.make_node("Conv", [stage, f"{name}/kernel", f"{name}/bias"], [f"{name}/float"]))
            graph.node.append(helper.make_node("Cast", [f"{name}/float"], [name], to=TensorProto.FLOAT16))
            outputs.append((name, TensorProto.FLOAT16))
    del graph.output[:]
    for name, kind in outputs:
        graph.output.append(helper.make_tensor_value_info(name, kind, None))
    # What leads to the class maps alone is not needed.
    needed = {name for name, _ in outputs}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    initializers = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(initializers)
    onnx.save(model, args.out)


if __name__ == "__main__":
    main()

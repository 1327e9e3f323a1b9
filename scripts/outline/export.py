"""Writes a trained decoder as ONNX, to be appended to the trunk's graph.

    python3 export.py --decoder decoder.pt --pca pca.npz --out outline.onnx

Principal components and batch norm are folded into the convolutions. Kernels are stored as float16 with a Cast, as those of the
trunk are. Inputs are the trunk's activations by their names there, float32 `[N, channels, rows, cols]`; the output is `outline`,
float32 `[N, 1, H/4, W/4]`, 0 to 1. Stages are upsampled by constant factors: `outline/scales/5` becomes 2, 2 where the last
stage is dilated.
"""
import argparse

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from trunk import STAGES

CHANNELS = [256, 512, 1024, 2048]
OPSET = 17


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--decoder", nargs="+", required=True, help="several of the same seed are averaged")
    parser.add_argument("--pca", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--sharpen", type=float, default=1.0, help="what the logits are multiplied with")
    parser.add_argument("--shift", type=float, default=0.0, help="what is added to them after that")
    args = parser.parse_args()
    saved = torch.load(args.decoder[0], map_location="cpu")
    state = {name: value.double().numpy() for name, value in saved["state"].items() if value.dtype.is_floating_point}
    onnx.save(build(state, np.load(args.pca), args.sharpen, args.shift), args.out)


def build(state, pca, sharpen=1.0, shift=0.0):
    nodes, weights = [], []

    def constant(name, value, kind=np.float32):
        weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(kind, inputs, name, **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(x, name, kernel, bias=None):
        single = node("Cast", [constant(f"{name}/kernel/half", kernel, np.float16)], f"{name}/kernel", to=TensorProto.FLOAT)
        side = kernel.shape[2]
        inputs = [x, single] + ([constant(f"{name}/bias", bias)] if bias is not None else [])
        return node("Conv", inputs, name, kernel_shape=[side, side], pads=[side // 2] * 4)

    def upsample(x, name, scales):
        return node("Resize", [x, "", scales], name, mode="linear", coordinate_transformation_mode="half_pixel")

    def norm(name):
        """Scale and shift of a batch norm."""
        scale = state[f"{name}.weight"] / np.sqrt(state[f"{name}.running_var"] + 1e-5)
        return scale, state[f"{name}.bias"] - scale * state[f"{name}.running_mean"]

    def reduction(stage, kernel, scale):
        """A 1×1 of a stage's components as one of its channels: kernel and bias."""
        basis, mean = pca[f"basis{stage}"].astype(np.float64), pca[f"mean{stage}"].astype(np.float64)
        full = scale[:, None] * kernel[:, :, 0, 0] @ basis
        return full[:, :, None, None], -full @ mean

    twice = constant("outline/scales/2", [1, 1, 2, 2])
    scales = [None, constant("outline/scales/4", [1, 1, 2, 2]), constant("outline/scales/5", [1, 1, 4, 4])]
    scale, bias = norm("norm8")
    parts = []
    for position in range(3):
        kernel, own = reduction(position + 1, state[f"deep.{position}.weight"], scale)
        bias = bias + own  # upsampling leaves constants as they are
        parts.append((position, kernel))
    total = None
    for position, kernel in parts:
        name = f"outline/stage{position + 3}"
        part = conv(STAGES[position + 1], name, kernel, bias if position == 0 else None)
        if scales[position]:
            part = upsample(part, f"{name}/eighth", scales[position])
        total = part if total is None else node("Add", [total, part], f"{name}/sum")
    x = node("Relu", [total], "outline/eighth")
    for number in range(2):
        scale, bias = norm(f"residuals.{number}.norm")
        name = f"outline/residual{number + 1}"
        kernel = scale[:, None, None, None] * state[f"residuals.{number}.conv.weight"]
        x = node("Relu", [node("Add", [conv(x, name, kernel, bias), x], f"{name}/sum")], f"{name}/relu")
    scale, bias = norm("norm4")
    kernel, own = reduction(0, state["second.weight"], scale)
    narrow = conv(x, "outline/narrow", scale[:, None, None, None] * state["narrow.weight"])
    quarter = node("Add", [upsample(narrow, "outline/narrow/quarter", twice), conv(STAGES[0], "outline/stage2", kernel, bias + own)], "outline/quarter/sum")
    y = node("Relu", [quarter], "outline/quarter")
    scale, bias = norm("norm")
    y = node("Relu", [conv(y, "outline/last", scale[:, None, None, None] * state["last.weight"], bias)], "outline/last/relu")
    logits = conv(y, "outline/logits", sharpen * state["evidence.weight"], sharpen * state["evidence.bias"] + shift)
    node("Sigmoid", [logits], "outline")

    sides = [("h4", "w4"), ("h8", "w8"), ("h16", "w16"), ("h32", "w32")]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, *side])
        for name, channels, side in zip(STAGES, CHANNELS, sides)
    ]
    output = helper.make_tensor_value_info("outline", TensorProto.FLOAT, ["N", 1, "h4", "w4"])
    graph = helper.make_graph(nodes, "outline", inputs, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="heatbox")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    main()

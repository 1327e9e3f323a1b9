"""Appends an outline decoder to a trunk with a CAM head, as heatbox does when it loads a model.

    python3 merge.py --model model.onnx --outline outline.onnx --out merged.onnx [--keep-stages]

Works for the network in float32 and in 8 bits, whose activations have the same names. `--keep-stages` makes outputs of the
activations as well, to compare with.
"""
import argparse

import onnx

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--outline", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--keep-stages", action="store_true")
args = parser.parse_args()
model, outline = onnx.load(args.model), onnx.load(args.outline)
computed = {name for node in model.graph.node for name in node.output}
missing = [value.name for value in outline.graph.input if value.name not in computed]
if missing:
    raise SystemExit(f"{args.model} does not compute {', '.join(missing)}")
model.graph.node.extend(outline.graph.node)
model.graph.initializer.extend(outline.graph.initializer)
model.graph.output.extend(outline.graph.output)
if args.keep_stages:
    for value in outline.graph.input:
        model.graph.output.append(value)
onnx.checker.check_model(model)
onnx.save(model, args.out)

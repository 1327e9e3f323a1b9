"""Compares the merged graph's evidence with the trained decoder's, computed from the same activations.

    python3 check.py --decoder decoder.pt --pca pca.npz --dump DIR [--sharpen 1] [--shift 0]
"""
import argparse
import json
import os

import numpy as np
import torch

from decoder import Decoder
from trunk import STAGES

parser = argparse.ArgumentParser()
parser.add_argument("--decoder", required=True)
parser.add_argument("--pca", required=True)
parser.add_argument("--dump", required=True)
parser.add_argument("--sharpen", type=float, default=1.0)
parser.add_argument("--shift", type=float, default=0.0)
args = parser.parse_args()
torch.set_num_threads(1)
saved, pca = torch.load(args.decoder, map_location="cpu"), np.load(args.pca)
model = Decoder(saved["channels"])
model.load_state_dict(saved["state"])
model.double().eval()
runs = {}
for row in json.load(open(os.path.join(args.dump, "check.json"))):
    values = np.fromfile(os.path.join(args.dump, row["file"]), np.float32).reshape(row["dims"])
    runs.setdefault(row["size"], {})[row["name"]] = values
for size, values in runs.items():
    stages = [
        torch.from_numpy(np.einsum("kc,nchw->nkhw", pca[f"basis{i}"], values[name].astype(np.float64) - pca[f"mean{i}"][None, :, None, None]))
        for i, name in enumerate(STAGES)
    ]
    with torch.no_grad():
        expected = torch.sigmoid(args.sharpen * model(stages)[0] + args.shift).numpy()
    difference = np.abs(expected - values["outline"])
    print(f"{size}, {len(expected)} pictures: largest difference {difference.max():.5f}, mean {difference.mean():.6f}")

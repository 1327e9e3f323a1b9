"""Principal components of the trunk's activations.

    python3 pca.py --samples samples.bin --out pca.npz

Channels are divided by their deviation first; the projections of a stage are scaled so that their variance is 1 on average.
"""
import argparse
import json

import numpy as np

KEPT = [64, 128, 256, 256]

parser = argparse.ArgumentParser()
parser.add_argument("--samples", required=True)
parser.add_argument("--out", required=True)
args = parser.parse_args()
told = json.load(open(args.samples + ".json"))
values = np.fromfile(args.samples, np.float32)
arrays = {}
at = 0
for position, (channels, count) in enumerate(told["stages"]):
    cells = values[at : at + channels * count].reshape(count, channels).astype(np.float64)
    at += channels * count
    mean = cells.mean(0)
    deviation = cells.std(0)
    deviation = np.maximum(deviation, 0.05 * deviation.mean())
    whitened = (cells - mean) / deviation
    variances, vectors = np.linalg.eigh(whitened.T @ whitened / count)
    order = np.argsort(variances)[::-1][: KEPT[position]]
    share = variances[order].sum() / variances.sum()
    basis = vectors[:, order].T / np.sqrt(variances[order].mean())
    arrays[f"basis{position}"] = basis / deviation
    arrays[f"mean{position}"] = mean
    print(f"stage {position + 2}: {count} cells, {KEPT[position]} of {channels} components hold {share:.3f} of the variance")
np.savez(args.out, **arrays)

"""Trains the outline decoder on the views' features and the teacher's masks.

    python3 train.py --views DIR [DIR …] --out decoder.pt [--epochs 8] [--dropout 0.3] [--decay 0.05]

Every `--hold`th picture is held out; the loss on its views is printed beside the loss on the others.
"""
import argparse
import glob
import json
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

from decoder import Decoder

parser = argparse.ArgumentParser()
parser.add_argument("--views", nargs="+", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--dropout", type=float, default=0.3)
parser.add_argument("--decay", type=float, default=0.05)
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--hold", type=int, default=20)
parser.add_argument("--resume", help="a decoder to go on from, its rate falling from the first step")
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(args.seed)
random = np.random.default_rng(args.seed)


class Group:
    """Views of one size."""

    def __init__(self, prefix):
        told = json.load(open(prefix + ".views.json"))
        self.count = len(told["views"])
        self.stages = [
            np.memmap(f"{prefix}.reduced{stage}.bin", np.float16, "r", shape=(self.count, *dims))
            for stage, dims in enumerate(told["dims"])
        ]
        rows, cols = told["dims"][0][1:]
        self.target = np.memmap(prefix + ".target.bin", np.uint8, "r", shape=(self.count, 1, rows, cols))
        held = [any(tile["picture"] % args.hold == 0 for tile in view["tiles"]) for view in told["views"]]
        self.train = np.flatnonzero(~np.array(held))
        # Of mosaics only those whose own picture is held out too, and the others in them go unseen.
        self.test = np.flatnonzero(held)[:100]

    def batch(self, which):
        which = np.sort(which)
        return (
            [torch.from_numpy(stage[which].astype(np.float32)) for stage in self.stages],
            torch.from_numpy(self.target[which].astype(np.float32) / 255),
        )


groups = [Group(path[: -len(".views.json")]) for folder in args.views for path in sorted(glob.glob(os.path.join(folder, "*.views.json")))]
channels = [stage.shape[1] for stage in groups[0].stages]
model = Decoder(channels, args.dropout)
if args.resume:
    model.load_state_dict(torch.load(args.resume)["state"])
optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=args.decay)


def batches():
    all_of = []
    for group in groups:
        order = random.permutation(group.train)
        all_of += [(group, order[at : at + args.batch]) for at in range(0, len(order) - args.batch + 1, args.batch)]
    random.shuffle(all_of)
    return all_of


def losses(stages, target):
    fine, coarse = model(stages)
    eighth = F.avg_pool2d(target, 2)
    return F.binary_cross_entropy_with_logits(fine, target), F.binary_cross_entropy_with_logits(coarse, eighth)


steps = len(batches()) * args.epochs
rise = 0.01 if args.resume else 0.2
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps, pct_start=rise, div_factor=1.5 if args.resume else 25)
for epoch in range(args.epochs):
    began = time.time()
    model.train()
    total, count = 0.0, 0
    for group, which in batches():
        stages, target = group.batch(which)
        if random.random() < 0.5:
            stages, target = [stage.flip(3) for stage in stages], target.flip(3)
        fine, coarse = losses(stages, target)
        optimiser.zero_grad()
        (fine + 0.5 * coarse).backward()
        optimiser.step()
        schedule.step()
        total, count = total + fine.item(), count + 1
    model.eval()
    held = []
    with torch.no_grad():
        for group in groups:
            values = [losses(*group.batch(group.test[at : at + 16]))[0].item() for at in range(0, len(group.test), 16)]
            held.append(np.mean(values))
    print(f"epoch {epoch + 1}: loss {total / count:.4f}, held out {' '.join(f'{value:.4f}' for value in held)}, {time.time() - began:.0f} s", flush=True)
    torch.save({"channels": channels, "state": model.state_dict()}, args.out)

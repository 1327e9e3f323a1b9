"""One peer of `npm run bench:peers`: a loop over a video with torch and OpenCV, frame by frame, as tutorials write it.

    python3 peers-torch.py CLIP WIDTH HEIGHT MOST_SECONDS

ResNet-50 with a class activation map, at the size that heatbox runs it at. The weights are random, as nothing is to be
fetched: that changes the boxes and not the arithmetic. Prints a JSON object; exits with 3 where a package is missing.
"""

import json
import os
import sys
import time

try:
    import cv2
    import numpy
    import torch
    from torchvision.models import resnet50
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def network():
    model = resnet50().eval()
    # Where heatbox's model, the original one, has the strides; later networks do more arithmetic.
    for stage in (model.layer2, model.layer3, model.layer4):
        stage[0].conv1.stride = (2, 2)
        stage[0].conv2.stride = (1, 1)
    layers = [model.conv1, model.bn1, model.relu, model.maxpool, model.layer1, model.layer2, model.layer3, model.layer4]
    return torch.nn.Sequential(*layers), model.fc


def box_of(trunk, head, picture, width, height):
    """The box of the best class, in pixels of the picture."""
    small = cv2.cvtColor(cv2.resize(picture, (width, height)), cv2.COLOR_BGR2RGB)
    image = (torch.from_numpy(small).permute(2, 0, 1).contiguous().float() / 255 - MEAN) / DEVIATION
    features = trunk(image[None])[0]
    scores = head(features.mean(dim=(1, 2))).softmax(0)
    heat = (head.weight[scores.argmax()][:, None, None] * features).sum(0).numpy()
    heat = (heat - heat.min()) / max(heat.max() - heat.min(), 1e-6)
    heat = cv2.resize(heat, (picture.shape[1], picture.shape[0]))
    _, _, regions, _ = cv2.connectedComponentsWithStats((heat > 0.5).astype(numpy.uint8))
    return max(regions[1:].tolist(), key=lambda region: region[4])[:4]


clip, width, height, most = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(os.cpu_count())
torch.manual_seed(1)
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
DEVIATION = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
with torch.inference_mode():
    trunk, head = network()
    for _ in range(2):
        box_of(trunk, head, numpy.zeros((720, 1280, 3), numpy.uint8) + numpy.arange(3, dtype=numpy.uint8), width, height)
    video = cv2.VideoCapture(clip)
    frames = 0
    began = time.perf_counter()
    while time.perf_counter() - began < most:
        there, picture = video.read()
        if not there:
            break
        box_of(trunk, head, picture, width, height)
        frames += 1
    seconds = time.perf_counter() - began
version = f"Python {sys.version.split()[0]}, torch {torch.__version__}, OpenCV {cv2.__version__}"
print(json.dumps({"frames": frames, "seconds": seconds, "version": version}))

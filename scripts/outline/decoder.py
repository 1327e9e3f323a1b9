"""The outline decoder: what of a picture is an object, from the activations of stages 2 to 5 of a ResNet-50."""
import torch
from torch import nn
from torch.nn import functional as F

# Channels at an eighth and at a quarter of the input.
WIDE, NARROW = 48, 24


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.norm(self.conv(x)))


class Decoder(nn.Module):
    """Takes the four stages, finest first; gives logits at a quarter and at an eighth of the input.

    `channels` are those of the stages, as they are or reduced. Stages are upsampled by whole factors, bilinearly between
    half-pixel centres, as ONNX' Resize does.
    """

    def __init__(self, channels, dropout=0.0):
        super().__init__()
        self.dropout = dropout
        second, *deeper = channels
        self.deep = nn.ModuleList(nn.Conv2d(count, WIDE, 1, bias=False) for count in deeper)
        self.norm8 = nn.BatchNorm2d(WIDE)
        self.residuals = nn.Sequential(Residual(WIDE), Residual(WIDE))
        self.aside = nn.Conv2d(WIDE, 1, 1)  # for training alone
        self.narrow = nn.Conv2d(WIDE, NARROW, 1, bias=False)
        self.second = nn.Conv2d(second, NARROW, 1, bias=False)
        self.norm4 = nn.BatchNorm2d(NARROW)
        self.last = nn.Conv2d(NARROW, NARROW, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(NARROW)
        self.evidence = nn.Conv2d(NARROW, 1, 1)

    def forward(self, stages):
        second, *deeper = [F.dropout2d(stage, self.dropout, self.training) for stage in stages]
        size = deeper[0].shape[2:]
        x = sum(resized(conv(stage), size) for conv, stage in zip(self.deep, deeper))
        x = self.residuals(F.relu(self.norm8(x)))
        y = resized(self.narrow(x), second.shape[2:]) + self.second(second)
        y = F.relu(self.norm(self.last(F.relu(self.norm4(y)))))
        return self.evidence(y), self.aside(x)


def resized(x, size):
    return x if x.shape[2:] == size else F.interpolate(x, size=size, mode="bilinear", align_corners=False)

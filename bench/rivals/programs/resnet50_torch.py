"""The ResNet50 of torchvision or timm with the weights that all rivals share, as features of 2048 columns.

The weights are of ResNet50 v1 with batch norms folded in: the stride of a stage sits in its first 1x1, and each batch norm only adds
the bias. Architecture and cost are those of the stock model.
"""

import numpy as np
import torch


def load(model: torch.nn.Module, file) -> torch.nn.Module:
    """The stock model, its strides and weights replaced; its classifier, `fc`, must be an Identity or nothing."""
    for stage in (model.layer2, model.layer3, model.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    state = model.state_dict()
    with np.load(file) as weights:
        for name in weights.files:
            if name.startswith("fc."):
                continue
            layer, kind = name.rsplit(".", 1)
            if kind == "bias":
                layer = layer[:-1] + "1" if "downsample" in layer else layer.replace("conv", "bn")
            value = torch.from_numpy(weights[name])
            if state[f"{layer}.{kind}"].shape != value.shape:
                raise SystemExit(f"{layer}.{kind} is {tuple(state[f'{layer}.{kind}'].shape)}, the file's {tuple(value.shape)}")
            state[f"{layer}.{kind}"] = value
    model.load_state_dict(state)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.fill_(1)
            module.running_mean.fill_(0)
            module.running_var.fill_(1 - module.eps)
    return model.eval()


def of_torchvision(file) -> torch.nn.Module:
    """Its stock model with those weights."""
    from torchvision.models import resnet50

    model = resnet50(weights=None)
    model.fc = torch.nn.Identity()
    return load(model, file)

"""How a gradient becomes an update: SGD, momentum, Nesterov, RMSprop, Adagrad, Adam, AdamW.

    sgd        w <- w - rate g
    momentum   m <- momentum m + g;  w <- w - rate m                                       Polyak 1964
    nesterov   m <- momentum m + g;  w <- w - rate (g + momentum m)                        Nesterov 1983
    rmsprop    s <- decay s + (1 - decay) g^2;  w <- w - rate g / (sqrt(s) + epsilon)       Tieleman & Hinton 2012
    adagrad    s <- s + g^2;  w <- w - rate g / (sqrt(s) + epsilon)                         Duchi, Hazan & Singer 2011
    adam       m, s: decaying means of g, g^2, corrected for their start at 0;
               w <- w - rate m / (sqrt(s) + epsilon)                                       Kingma & Ba 2015
    adamw      as adam, and w <- w - rate weight_decay w                                   Loshchilov & Hutter 2019

Weight decay of the others is part of the gradient: g + weight_decay w. The numbers are those of PyTorch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError

Array = NDArray[np.floating]
Kind = Literal["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Optimizer:
    """Which rule, and its numbers. `decay` is RMSprop's, `betas` are Adam's. Raises EngineError for an unknown rule."""

    kind: Kind = "sgd"
    rate: float = 0.01
    momentum: float = 0.9
    decay: float = 0.99
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise EngineError(f"unknown optimiser '{self.kind}'; there are {', '.join(KINDS)}")
        if not self.rate > 0.0:
            raise EngineError(f"the learning rate is {self.rate}; it must be above 0")


class Updates:
    """An optimiser at work on one vector of weights; it remembers what its rule remembers."""

    def __init__(self, optimizer: Optimizer, size: int) -> None:
        self.optimizer = optimizer
        self.count = 0
        self.mean = np.zeros(size)
        self.square = np.zeros(size)

    def apply(self, weights: Array, gradient: Array, rate: float) -> None:
        """Update `weights` in place, with the learning rate of this moment."""
        settings = self.optimizer
        self.count += 1
        if settings.kind == "adamw":
            weights *= 1.0 - rate * settings.weight_decay
        elif settings.weight_decay:
            gradient = gradient + settings.weight_decay * weights
        weights -= rate * self._direction(gradient)

    def _direction(self, gradient: Array) -> Array:
        settings = self.optimizer
        match settings.kind:
            case "sgd":
                return gradient
            case "momentum" | "nesterov":
                self.mean *= settings.momentum
                self.mean += gradient
                return self.mean if settings.kind == "momentum" else gradient + settings.momentum * self.mean
            case "rmsprop":
                self.square *= settings.decay
                self.square += (1.0 - settings.decay) * gradient * gradient
                return np.asarray(gradient / (np.sqrt(self.square) + settings.epsilon))
            case "adagrad":
                self.square += gradient * gradient
                return np.asarray(gradient / (np.sqrt(self.square) + settings.epsilon))
            case "adam" | "adamw":
                first, second = settings.betas
                self.mean *= first
                self.mean += (1.0 - first) * gradient
                self.square *= second
                self.square += (1.0 - second) * gradient * gradient
                mean = self.mean / (1.0 - first**self.count)
                return np.asarray(mean / (np.sqrt(self.square / (1.0 - second**self.count)) + settings.epsilon))

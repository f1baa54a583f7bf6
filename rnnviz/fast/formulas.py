"""Activations and their slopes on a vector of numbers, as the code that LLVM is given.

tanh and the sigmoid are free of branches: exp(y) = 2^n (1 + p(r)) with y = n ln 2 + r and a polynomial p of our own
(Chebyshev interpolation of (e^r - 1 - r) / r^2), within 3 units in the last place. NaN stays NaN.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from llvmlite import ir


class Series:
    """How exp is worked out in a kind of number.

    magic : added, it rounds to a whole number, whose bits are then the last of the sum
    high, low : ln 2 in two parts; n * high is exact
    most : exp of this is infinite
    """

    def __init__(self, magic: float, high: float, low: float, most: float, powers: tuple[float, ...]) -> None:
        self.magic, self.high, self.low, self.most, self.powers = magic, high, low, most, powers


DOUBLE = Series(
    magic=1.5 * 2.0**52,
    high=0.6931471805582987,
    low=1.6465949582897082e-12,
    most=710.0,
    powers=(
        0.5000000000000001,
        0.16666666666666669,
        0.041666666666623824,
        0.008333333333330039,
        0.0013888888917367081,
        0.00019841269863171557,
        2.4801521057868204e-05,
        2.7557268276905696e-06,
        2.7620201591031547e-07,
        2.5100472505694996e-08,
    ),
)
SINGLE = Series(
    magic=1.5 * 2.0**23,
    high=0.693145751953125,
    low=1.4286068203094173e-06,
    most=89.0,
    powers=(0.5, 0.16666576666119928, 0.04166655421298415, 0.008363232883682618, 0.0013926250831497611),
)


class Vector:
    """A vector while the code for it is written; formulas on it read like formulas."""

    def __init__(self, builder: ir.IRBuilder, code: ir.Value) -> None:
        self.builder, self.code = builder, code
        self.type = code.type
        self.is_double = isinstance(self.type.element, ir.DoubleType)
        self.series = DOUBLE if self.is_double else SINGLE

    def of(self, number: float) -> Vector:
        """The same number in every lane."""
        exact = float(number) if self.is_double else float(np.float32(number))
        return Vector(self.builder, ir.Constant(self.type, [exact] * self.type.count))

    def _lifted(self, other: Vector | float) -> Vector:
        return other if isinstance(other, Vector) else self.of(other)

    def __add__(self, other: Vector | float) -> Vector:
        return Vector(self.builder, self.builder.fadd(self.code, self._lifted(other).code))

    def __sub__(self, other: Vector | float) -> Vector:
        return Vector(self.builder, self.builder.fsub(self.code, self._lifted(other).code))

    def __mul__(self, other: Vector | float) -> Vector:
        return Vector(self.builder, self.builder.fmul(self.code, self._lifted(other).code))

    def __truediv__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fdiv(self.code, other.code))

    def __neg__(self) -> Vector:
        return Vector(self.builder, self.builder.fneg(self.code))

    def call(self, name: str, *others: Vector) -> Vector:
        """One of LLVM's own functions, such as fabs, copysign, fmuladd."""
        operands = [self.code, *(other.code for other in others)]
        suffix = f"v{self.type.count}f{64 if self.is_double else 32}"
        kind = ir.FunctionType(self.type, [self.type] * len(operands))
        function = self.builder.module.globals.get(f"llvm.{name}.{suffix}")
        function = function or ir.Function(self.builder.module, kind, f"llvm.{name}.{suffix}")
        return Vector(self.builder, self.builder.call(function, operands))

    def times_plus(self, factor: Vector | float, summand: Vector | float) -> Vector:
        """self * factor + summand: one instruction where the processor has it."""
        return self.call("fmuladd", self._lifted(factor), self._lifted(summand))

    def where(self, relation: str, other: Vector | float, then: Vector | float) -> Vector:
        """`then` where self compares so with `other`, which NaN never does, else self."""
        condition = self.builder.fcmp_ordered(relation, self.code, self._lifted(other).code)
        return Vector(self.builder, self.builder.select(condition, self._lifted(then).code, self.code))

    def is_(self, relation: str, other: float) -> Vector:
        """1 where self compares so with `other`, else 0."""
        condition = self.builder.fcmp_ordered(relation, self.code, self.of(other).code)
        return Vector(self.builder, self.builder.select(condition, self.of(1.0).code, self.of(0.0).code))

    def power_of_two(self, less: int = 0) -> Vector:
        """2^(n - less), where self is n + magic."""
        mantissa, bias, bits = (52, 1023, 64) if self.is_double else (23, 127, 32)
        whole = ir.VectorType(ir.IntType(bits), self.type.count)
        sum_bits = self.builder.bitcast(self.code, whole)
        exponent = self.builder.shl(sum_bits, ir.Constant(whole, [mantissa] * self.type.count))
        first = ir.Constant(whole, [(bias - less) << mantissa] * self.type.count)
        return Vector(self.builder, self.builder.bitcast(self.builder.add(exponent, first), self.type))


def _exp(y: Vector, less: int = 0) -> tuple[Vector, Vector]:
    """(s, p) with exp(y) = 2^less (s + s p), where s is a power of two and p is small."""
    series = y.series
    shifted = y.times_plus(1.4426950408889634, series.magic)
    n = shifted - series.magic
    r = n.times_plus(-series.low, n.times_plus(-series.high, y))
    return shifted.power_of_two(less), (r * r).times_plus(_polynomial(r, series.powers), r)


def _polynomial(r: Vector, powers: tuple[float, ...]) -> Vector:
    """Pairs of powers first (Estrin), which waits less than one after the other."""
    terms = [r.of(power) for power in powers]
    while len(terms) > 1:
        pairs = [r.times_plus(terms[k + 1], terms[k]) for k in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(pairs) * 2 :]
        r = r * r
    return terms[0]


def _tanh(z: Vector) -> Vector:
    """tanh |z| = -m / (m + 2) with m = exp(-2 |z|) - 1, which loses nothing near 0."""
    y = z.call("fabs") * -2.0
    scale, p = _exp(y.where("<", -60.0, -60.0))  # there m is -1
    m = scale.times_plus(p, scale - 1.0)
    return (m / (m + 2.0)).call("copysign", z)


def _sigmoid(z: Vector) -> Vector:
    """1 / (1 + exp(-z)); the exponential may be infinite, as NumPy has it."""
    y = -z
    most = y.series.most
    scale, p = _exp(y.where(">", most, most).where("<", 10.0 - most, 10.0 - most), less=1)
    return z.of(1.0) / (scale.times_plus(p, scale).times_plus(2.0, 1.0))


def _clipped(z: Vector, slope: float) -> Vector:
    line = z * slope + 0.5
    return line.where("<", 0.0, 0.0).where(">", 1.0, 1.0)


FORMULAS: dict[str, Callable[..., Vector]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": lambda z: z.where("<", 0.0, 0.0),
    "hard": lambda z: z.where("<=", 0.0, 0.0).where(">", 0.0, 1.0),
    "hard_sigmoid": lambda z: _clipped(z, 1.0 / 6.0),
    "hard_sigmoid_keras2": lambda z: _clipped(z, 0.2),
}


# The slope at z, from the value a = f(z).
SLOPES: dict[str, Callable[[Vector], Vector]] = {
    "tanh": lambda a: a.of(1.0) - a * a,
    "sigmoid": lambda a: a * (a.of(1.0) - a),
    "relu": lambda a: a.is_(">", 0.0),
    "hard": lambda a: a.of(0.0),
    "hard_sigmoid": lambda a: a.is_(">", 0.0) * a.is_("<", 1.0) * (1.0 / 6.0),
    "hard_sigmoid_keras2": lambda a: a.is_(">", 0.0) * a.is_("<", 1.0) * 0.2,
}

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
    most, least : exp of this is infinite; below this, exp is taken for 0, since its power of two would be subnormal
    logarithms : so many terms of the series of log(1 + u) are enough
    """

    def __init__(
        self,
        magic: float,
        high: float,
        low: float,
        most: float,
        least: float,
        logarithms: int,
        powers: tuple[float, ...],
    ) -> None:
        self.magic, self.high, self.low, self.most, self.least = magic, high, low, most, least
        self.logarithms, self.powers = logarithms, powers


DOUBLE = Series(
    magic=1.5 * 2.0**52,
    high=0.6931471805582987,
    low=1.6465949582897082e-12,
    most=710.0,
    least=-707.0,
    logarithms=17,
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
    least=-86.0,
    logarithms=8,
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


def _exponential(z: Vector) -> Vector:
    """exp(z): infinite where z is large, 0 where it is far below."""
    series = z.series
    scale, p = _exp(z.where(">", series.most, series.most).where("<", series.least, series.least), less=1)
    return scale.times_plus(p, scale) * 2.0 * z.is_(">", series.least)


def _less_than_one(z: Vector) -> Vector:
    """exp(z) - 1 for z <= 0 (a larger one counts as 0), which loses nothing near 0."""
    scale, p = _exp(z.where(">", 0.0, 0.0).where("<", -60.0, -60.0))
    return scale.times_plus(p, scale - 1.0)


def _elu(z: Vector) -> Vector:
    below = _less_than_one(z)
    return z.where("<", below, below)


def _softplus(z: Vector) -> Vector:
    """max(z, 0) + log(1 + u) with u = exp(-|z|); log(1 + u) = 2 (s + s^3/3 + s^5/5 + ...) with s = u / (2 + u)."""
    u = _exponential(-z.call("fabs"))
    s = u / (u + 2.0)
    series = _polynomial(s * s, tuple(2.0 / (2 * k + 1) for k in range(z.series.logarithms)))
    return s.times_plus(series, z.where("<", 0.0, 0.0))


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
    "hard_tanh": lambda z: z.where("<", -1.0, -1.0).where(">", 1.0, 1.0),
    "softsign": lambda z: z / (z.call("fabs") + 1.0),
    "elu": _elu,
    "softplus": _softplus,
    "exponential": _exponential,
}


# The slope at z, from the value a = f(z).
SLOPES: dict[str, Callable[[Vector], Vector]] = {
    "tanh": lambda a: a.of(1.0) - a * a,
    "sigmoid": lambda a: a * (a.of(1.0) - a),
    "relu": lambda a: a.is_(">", 0.0),
    "hard": lambda a: a.of(0.0),
    "hard_sigmoid": lambda a: a.is_(">", 0.0) * a.is_("<", 1.0) * (1.0 / 6.0),
    "hard_sigmoid_keras2": lambda a: a.is_(">", 0.0) * a.is_("<", 1.0) * 0.2,
    "hard_tanh": lambda a: a.call("fabs").is_("<", 1.0),
    "softsign": lambda a: (a.of(1.0) - a.call("fabs")) * (a.of(1.0) - a.call("fabs")),
    "elu": lambda a: a.where(">", 0.0, 0.0) + 1.0,
    "softplus": lambda a: -_less_than_one(-a),
    "exponential": lambda a: a,
}

"""Vectors of 64 bytes for Numba, and what a compiled step does with them: load, store, + - *, the activations.

Numba by itself has no vector type, and leaves it to LLVM to find out that a loop may be made into vector instructions,
which fails where several stretches of one array are read and written. Here the vectors are explicit: a loop over a
quantity takes 8 numbers (float32: 16) at a time, and LLVM cuts them up on processors whose vectors are shorter.

tanh and the sigmoid are free of branches: exp(y) = 2^n (1 + p(r)) with y = n ln 2 + r and a polynomial p of our own
(Chebyshev interpolation of (e^r - 1 - r) / r^2), within 2 units in the last place. NaN stays NaN.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

BYTES = 64


def lanes_of(dtype: Any) -> int:
    """How many numbers a vector has."""
    return BYTES // np.dtype(dtype).itemsize


class Lanes(types.Type):
    """A vector of numbers of one kind."""

    def __init__(self, number: types.Float) -> None:
        self.number = number
        super().__init__(f"Lanes({number.name})")


@register_default(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, vector_type(lanes.number))


def vector_type(number: types.Float) -> ir.VectorType:
    scalar = ir.DoubleType() if number == types.float64 else ir.FloatType()
    return ir.VectorType(scalar, BYTES * 8 // number.bitwidth)


class _Series:
    """How exp is worked out in a kind of number.

    magic : added, it rounds to a whole number, whose bits are then the last of the sum
    high, low : ln 2 in two parts; n * high is exact
    most : exp of this is infinite
    """

    def __init__(self, magic: float, high: float, low: float, most: float, powers: tuple[float, ...]) -> None:
        self.magic, self.high, self.low, self.most, self.powers = magic, high, low, most, powers


_DOUBLE = _Series(
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
_SINGLE = _Series(
    magic=1.5 * 2.0**23,
    high=0.693145751953125,
    low=1.4286068203094173e-06,
    most=89.0,
    powers=(0.5, 0.16666576666119928, 0.04166655421298415, 0.008363232883682618, 0.0013926250831497611),
)


class _Value:
    """A vector while the code for it is written; formulas on it read like formulas."""

    def __init__(self, builder: ir.IRBuilder, code: ir.Value) -> None:
        self.builder, self.code = builder, code
        self.type = code.type
        self.is_double = isinstance(self.type.element, ir.DoubleType)
        self.series = _DOUBLE if self.is_double else _SINGLE

    def of(self, number: float) -> _Value:
        """The same number in every lane."""
        exact = float(number) if self.is_double else float(np.float32(number))
        return _Value(self.builder, ir.Constant(self.type, [exact] * self.type.count))

    def _lifted(self, other: _Value | float) -> _Value:
        return other if isinstance(other, _Value) else self.of(other)

    def __add__(self, other: _Value | float) -> _Value:
        return _Value(self.builder, self.builder.fadd(self.code, self._lifted(other).code))

    def __sub__(self, other: _Value | float) -> _Value:
        return _Value(self.builder, self.builder.fsub(self.code, self._lifted(other).code))

    def __mul__(self, other: _Value | float) -> _Value:
        return _Value(self.builder, self.builder.fmul(self.code, self._lifted(other).code))

    def __truediv__(self, other: _Value) -> _Value:
        return _Value(self.builder, self.builder.fdiv(self.code, other.code))

    def __neg__(self) -> _Value:
        return _Value(self.builder, self.builder.fneg(self.code))

    def call(self, name: str, *others: _Value) -> _Value:
        """One of LLVM's own functions, such as fabs, copysign, fmuladd."""
        operands = [self.code, *(other.code for other in others)]
        suffix = f"v{self.type.count}f{64 if self.is_double else 32}"
        kind = ir.FunctionType(self.type, [self.type] * len(operands))
        function = self.builder.module.globals.get(f"llvm.{name}.{suffix}")
        function = function or ir.Function(self.builder.module, kind, f"llvm.{name}.{suffix}")
        return _Value(self.builder, self.builder.call(function, operands))

    def times_plus(self, factor: _Value | float, summand: _Value | float) -> _Value:
        """self * factor + summand: one instruction where the processor has it."""
        return self.call("fmuladd", self._lifted(factor), self._lifted(summand))

    def where(self, relation: str, other: _Value | float, then: _Value | float) -> _Value:
        """`then` where self compares so with `other`, which NaN never does, else self."""
        condition = self.builder.fcmp_ordered(relation, self.code, self._lifted(other).code)
        return _Value(self.builder, self.builder.select(condition, self._lifted(then).code, self.code))

    def power_of_two(self, less: int = 0) -> _Value:
        """2^(n - less), where self is n + magic."""
        mantissa, bias, bits = (52, 1023, 64) if self.is_double else (23, 127, 32)
        whole = ir.VectorType(ir.IntType(bits), self.type.count)
        sum_bits = self.builder.bitcast(self.code, whole)
        exponent = self.builder.shl(sum_bits, ir.Constant(whole, [mantissa] * self.type.count))
        first = ir.Constant(whole, [(bias - less) << mantissa] * self.type.count)
        return _Value(self.builder, self.builder.bitcast(self.builder.add(exponent, first), self.type))


def _exp(y: _Value, less: int = 0) -> tuple[_Value, _Value]:
    """(s, p) with exp(y) = 2^less (s + s p), where s is a power of two and p is small."""
    series = y.series
    shifted = y.times_plus(1.4426950408889634, series.magic)
    n = shifted - series.magic
    r = n.times_plus(-series.low, n.times_plus(-series.high, y))
    return shifted.power_of_two(less), (r * r).times_plus(_polynomial(r, series.powers), r)


def _polynomial(r: _Value, powers: tuple[float, ...]) -> _Value:
    """Pairs of powers first (Estrin), which waits less than one after the other."""
    terms = [r.of(power) for power in powers]
    while len(terms) > 1:
        pairs = [r.times_plus(terms[k + 1], terms[k]) for k in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(pairs) * 2 :]
        r = r * r
    return terms[0]


def _tanh(z: _Value) -> _Value:
    """tanh |z| = -m / (m + 2) with m = exp(-2 |z|) - 1, which loses nothing near 0."""
    y = z.call("fabs") * -2.0
    scale, p = _exp(y.where("<", -60.0, -60.0))  # there m is -1
    m = scale.times_plus(p, scale - 1.0)
    return (m / (m + 2.0)).call("copysign", z)


def _sigmoid(z: _Value) -> _Value:
    """1 / (1 + exp(-z)); the exponential may be infinite, as NumPy has it."""
    y = -z
    most = y.series.most
    scale, p = _exp(y.where(">", most, most).where("<", 10.0 - most, 10.0 - most), less=1)
    return z.of(1.0) / (scale.times_plus(p, scale).times_plus(2.0, 1.0))


def _clipped(z: _Value, slope: float) -> _Value:
    line = z * slope + 0.5
    return line.where("<", 0.0, 0.0).where(">", 1.0, 1.0)


FORMULAS: dict[str, Callable[..., _Value]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
    "times_plus": _Value.times_plus,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "relu": lambda z: z.where("<", 0.0, 0.0),
    "hard": lambda z: z.where("<=", 0.0, 0.0).where(">", 0.0, 1.0),
    "hard_sigmoid": lambda z: _clipped(z, 1.0 / 6.0),
    "hard_sigmoid_keras2": lambda z: _clipped(z, 0.2),
}


def _generated(formula: Callable[..., _Value], codes: int) -> Any:
    """What Numba calls to write the code of a formula on `codes` vectors."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return formula(*(_Value(builder, argument) for argument in arguments)).code

    def typed(*operands: types.Type) -> Any:
        if len(operands) != codes or not all(isinstance(operand, Lanes) for operand in operands):
            return None
        return operands[0](*operands), generate

    return typed


def _unary(formula: Callable[..., _Value]) -> Any:
    typed = _generated(formula, 1)

    @intrinsic
    def operation(typing_context, a):
        return typed(a)

    return operation


def _binary(formula: Callable[..., _Value]) -> Any:
    typed = _generated(formula, 2)

    @intrinsic
    def operation(typing_context, a, b):
        return typed(a, b)

    return operation


add, subtract, multiply = (_binary(FORMULAS[name]) for name in ("add", "subtract", "multiply"))
negative, tanh, sigmoid, relu, hard, hard_sigmoid, hard_sigmoid_keras2 = (
    _unary(FORMULAS[name])
    for name in ("negative", "tanh", "sigmoid", "relu", "hard", "hard_sigmoid", "hard_sigmoid_keras2")
)


@intrinsic
def times_plus(typing_context, a, b, c):
    """a * b + c"""
    return _generated(_Value.times_plus, 3)(a, b, c)


def _place(context: Any, builder: ir.IRBuilder, kind: types.Array, array: Any, index: Any) -> ir.Value:
    data = make_array(kind)(context, builder, array).data
    place = builder.gep(data, [index])
    return builder.bitcast(place, vector_type(kind.dtype).as_pointer())


@intrinsic
def load(typing_context, array, index):
    """The vector that begins at array[index]."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments)
        return builder.load(place, align=signature.args[0].dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def store(typing_context, array, index, vector):
    """Write a vector to array[index] and the places after it."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def spread(typing_context, array, index):
    """array[index] in every lane."""

    def generate(context, builder, signature, arguments):
        kind = vector_type(signature.return_type.number)
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        number = builder.load(builder.gep(data, [arguments[1]]))
        empty = ir.Constant(kind, ir.Undefined)
        first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
        return builder.shuffle_vector(first, empty, order)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def zero(typing_context, array):
    """0 in every lane, for numbers as those of the array."""

    def generate(context, builder, signature, arguments):
        kind = vector_type(signature.return_type.number)
        return ir.Constant(kind, [0.0] * kind.count)

    return Lanes(array.dtype)(array), generate

"""Vectors of 64 bytes for Numba, and what a compiled step does with them: load, store, + - *, the activations.

Numba by itself has no vector type, and leaves it to LLVM to find out that a loop may be made into vector instructions,
which fails where several stretches of one array are read and written. Here the vectors are explicit: a loop over a
quantity takes 8 numbers (float32: 16) at a time, and LLVM cuts them up on processors whose vectors are shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from rnnviz.fast.formulas import FORMULAS, SLOPES, Vector
from rnnviz.fast.panels import VECTOR_BYTES


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
    return ir.VectorType(scalar, VECTOR_BYTES * 8 // number.bitwidth)


def _generated(formula: Callable[..., Vector], codes: int) -> Any:
    """What Numba calls to write the code of a formula on `codes` vectors."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return formula(*(Vector(builder, argument) for argument in arguments)).code

    def typed(*operands: types.Type) -> Any:
        if len(operands) != codes or not all(isinstance(operand, Lanes) for operand in operands):
            return None
        return operands[0](*operands), generate

    return typed


def _unary(formula: Callable[..., Vector]) -> Any:
    typed = _generated(formula, 1)

    @intrinsic
    def operation(typing_context, a):
        return typed(a)

    return operation


def _binary(formula: Callable[..., Vector]) -> Any:
    typed = _generated(formula, 2)

    @intrinsic
    def operation(typing_context, a, b):
        return typed(a, b)

    return operation


add, subtract, multiply = (_binary(FORMULAS[name]) for name in ("add", "subtract", "multiply"))
negative = _unary(FORMULAS["negative"])
tanh, sigmoid, relu, hard = (_unary(FORMULAS[name]) for name in ("tanh", "sigmoid", "relu", "hard"))
hard_sigmoid, hard_sigmoid_keras2 = (_unary(FORMULAS[name]) for name in ("hard_sigmoid", "hard_sigmoid_keras2"))
hard_tanh, softsign, elu = (_unary(FORMULAS[name]) for name in ("hard_tanh", "softsign", "elu"))
softplus, exponential = (_unary(FORMULAS[name]) for name in ("softplus", "exponential"))
tanh_slope, sigmoid_slope, relu_slope, hard_slope = (
    _unary(SLOPES[name]) for name in ("tanh", "sigmoid", "relu", "hard")
)
hard_sigmoid_slope, hard_sigmoid_keras2_slope = (
    _unary(SLOPES[name]) for name in ("hard_sigmoid", "hard_sigmoid_keras2")
)
hard_tanh_slope, softsign_slope, elu_slope = (_unary(SLOPES[name]) for name in ("hard_tanh", "softsign", "elu"))
softplus_slope, exponential_slope = (_unary(SLOPES[name]) for name in ("softplus", "exponential"))


@intrinsic
def times_plus(typing_context, a, b, c):
    """a * b + c"""
    return _generated(Vector.times_plus, 3)(a, b, c)


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

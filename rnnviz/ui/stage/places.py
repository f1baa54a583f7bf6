"""Addresses of the stage's numbers: of a quantity, or backwards through time of the derivative by it."""

from __future__ import annotations

from dataclasses import replace

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress

AnyAddress = Address | ParameterAddress | GradientAddress
OfUnits = Address | GradientAddress  # of a quantity, or of the derivative by it


def at_unit(address: OfUnits, unit: int) -> OfUnits:
    """The same of another unit."""
    if isinstance(address, GradientAddress):
        assert isinstance(address.of, Address)
        return GradientAddress(replace(address.of, unit=unit))
    return replace(address, unit=unit)


def unit_of(address: AnyAddress, first: OfUnits) -> int | None:
    """Which unit it is beside the first one; None where it is another quantity."""
    of = address.of if isinstance(address, GradientAddress) else address
    if type(address) is not type(first) or not isinstance(of, Address) or at_unit(address, 0) != first:
        return None
    return of.unit


def step_of(address: AnyAddress) -> int:
    """The step that a number belongs to, 0 where it belongs to all."""
    if isinstance(address, GradientAddress):
        return address.step or step_of(address.of)
    return address.step if isinstance(address, Address) else 0

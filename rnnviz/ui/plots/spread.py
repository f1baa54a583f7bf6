"""Labels at their lines' ends: moved apart just as far as they need to be read, and no further."""

from __future__ import annotations


def spread(wanted: list[float], distance: float, low: float, high: float) -> list[float]:
    """Positions as near as can be to the wanted ones, in their order, at least `distance` apart, inside low..high.

    Where there is not room for all at that distance, they are spaced evenly over low..high.
    """
    count = len(wanted)
    if count and (count - 1) * distance > high - low:
        distance = (high - low) / max(count - 1, 1)
    order = sorted(range(count), key=lambda index: round(wanted[index]))  # equal to the eye: as they come
    # Labels that would overlap form a cluster around the mean of their wishes; clusters merge while they touch.
    clusters: list[tuple[float, list[int]]] = []
    for index in order:
        members = [index]
        centre = _centre(wanted, members, distance, low, high)
        while clusters and clusters[-1][0] + _half(clusters[-1][1], distance) + distance > centre - _half(
            members, distance
        ):
            members = clusters.pop()[1] + members
            centre = _centre(wanted, members, distance, low, high)
        clusters.append((centre, members))
    placed = [0.0] * count
    for centre, members in clusters:
        for place, index in enumerate(members):
            placed[index] = centre - _half(members, distance) + place * distance
    return placed


def _half(members: list[int], distance: float) -> float:
    return (len(members) - 1) * distance / 2


def _centre(wanted: list[float], members: list[int], distance: float, low: float, high: float) -> float:
    centre = sum(wanted[index] for index in members) / len(members)
    half = _half(members, distance)
    return min(max(centre, low + half), max(high - half, low + half))

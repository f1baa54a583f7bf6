"""Modules -> the order in which numbers go through them: by their widths, and where that is not enough, by the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from rnnviz.interop.errors import ModelError, UndecidedError, UnsupportedError
from rnnviz.interop.names import printable
from rnnviz.interop.question import Choice, Question
from rnnviz.interop.weights.modules import Foreign, Linear, Module, Rnn, Table

Link = Rnn | Linear | Table
Chain = tuple[Link, ...]

_MODULES = 200
_TRIED = 20_000
_ASKED = 8
_EMBEDDING = re.compile(r"emb|lookup|wte|encoder", re.I)


def chain_of(modules: Sequence[Module], wanted: str | None, *, is_ordered: bool) -> tuple[Chain, tuple[str, ...]]:
    """All modules in their order, and notes on what was taken for granted.

    is_ordered : whether the file has them in the order in which its program made them, mostly that of their use
    wanted : the names of modules in order, separated by commas, where that was said
    Raises UnsupportedError, naming what cannot be shown or does not fit; UndecidedError where several orders do.
    """
    links, notes = _tied(modules)
    _refuse_foreign(links)
    known = [link for link in links if not isinstance(link, Foreign)]
    if len(known) > _MODULES:
        raise ModelError(f"there are {len(known):,} modules; at most {_MODULES} are read")
    if wanted is not None:
        return _as_wanted(known, wanted), notes
    preferred = known if is_ordered else sorted(known, key=_natural)
    orders = list(islice(_orders(preferred), _ASKED))
    if not orders:
        raise _unsupported(_misfit(preferred), known)
    likely = _with_least_before(orders)
    chain = (_fitted(preferred) if is_ordered else None) or likely[0]
    if not is_ordered and len(likely) > 1 and not _differ_by_numbers(likely):
        raise UndecidedError((_question(likely),))
    is_clear = len(likely) == 1 and _paths(chain) == _paths(likely[0])
    return chain, notes if is_clear else (*notes, _order_note(chain))


def recurrent_chain(modules: Sequence[Module], wanted: str | None) -> tuple[Chain, tuple[str, ...]]:
    """The recurrent modules alone; where they do not follow one another, one of them, which is asked."""
    recurrent = [module for module in modules if isinstance(module, Rnn)]
    if not recurrent:
        raise ModelError("there is no recurrent layer in it")
    left_out = [printable(module.path) or "weight" for module in modules if not isinstance(module, Rnn)]
    notes = (f"The recurrent part alone: {', '.join(left_out[:20])} left out.",) if left_out else ()
    if wanted is not None:
        return _as_wanted(recurrent, wanted, is_part=True), notes
    in_order = _fitted(recurrent)
    if in_order is not None:
        return in_order, notes
    choices = tuple(Choice(_name(rnn), f"{rnn.inputs} inputs, {rnn.units} units.") for rnn in recurrent[:_ASKED])
    why = "The recurrent layers do not fit to one another, so one of them is shown."
    raise UndecidedError((Question("order", "Which of the recurrent layers?", choices, why),))


def _tied(modules: Sequence[Module]) -> tuple[list[Module], tuple[str, ...]]:
    """A bias alone belongs to a layer that shares its weight with an embedding, where the file has it once."""
    notes: list[str] = []
    links: list[Module] = []
    tables = [module for module in modules if isinstance(module, Linear) and module.bias is None]
    for module in modules:
        if isinstance(module, Foreign) and module.bias is not None:
            shared = [table for table in tables if table.weight.shape[:1] == module.bias.shape]
            if len(shared) == 1:
                links.append(Linear(module.path, shared[0].weight, module.bias))
                notes.append(f"{_name(module)} shares the weight of {_name(shared[0])}, which the file has once.")
                continue
        links.append(module)
    return links, tuple(notes)


def _refuse_foreign(links: Sequence[Module]) -> None:
    foreign = [link for link in links if isinstance(link, Foreign)]
    if not foreign:
        return
    said = "; ".join(f"{_name(module)} ({module.what})" for module in foreign[:4])
    more = f" and {len(foreign) - 4} more" if len(foreign) > 4 else ""
    raise _unsupported(f"there is no layer to show {said}{more}", links)


def _unsupported(message: str, links: Sequence[Module]) -> ModelError:
    """With the offer of the recurrent part alone, where there is one."""
    if any(isinstance(link, Rnn) for link in links):
        return UnsupportedError(f'{message}; the recurrent part alone can be shown: part="recurrent"')
    return ModelError(message)


def _fitted(links: Sequence[Link]) -> Chain | None:
    """The links in this order, the first as an embedding where it has to be one; None where widths do not fit."""
    return next((chain for first in _as_first(links[0]) if _fit(chain := (first, *links[1:]))), None) if links else None


def _as_first(link: Link) -> tuple[Link, ...]:
    """A matrix without a bias that comes first may look up rows. Its name decides where widths do not."""
    if not isinstance(link, Linear) or link.bias is not None:
        return (link,)
    table = Table(link.path, link.weight)
    return (table, link) if _EMBEDDING.search(link.path) else (link, table)


def _fit(chain: Chain) -> bool:
    if len(chain) == 1 and isinstance(chain[0], Table):
        return bool(_EMBEDDING.search(chain[0].path))
    return all(not isinstance(after, Table) and before.outputs == after.inputs for before, after in pairwise(chain))


def _orders(links: Sequence[Link]) -> Iterator[Chain]:
    """Every order in which widths fit, those first that are nearest to the given one; gives up in a maze."""
    tried = 0

    def longer(chain: Chain, rest: Sequence[Link]) -> Iterator[Chain]:
        nonlocal tried
        if not rest:
            if len(chain) > 1 or _fit(chain):
                yield chain
            return
        for k, link in enumerate(rest):
            tried += 1
            if tried > _TRIED:
                return
            for fitting in _as_first(link) if not chain else (link,):
                if not chain or (not isinstance(fitting, Table) and chain[-1].outputs == fitting.inputs):
                    yield from longer((*chain, fitting), [*rest[:k], *rest[k + 1 :]])

    seen: set[tuple[str, ...]] = set()
    for chain in longer((), links):
        if _paths(chain) not in seen:
            seen.add(_paths(chain))
            yield chain


def _paths(chain: Chain) -> tuple[str, ...]:
    return tuple(link.path for link in chain)


def _as_wanted(links: Sequence[Link], wanted: str, *, is_part: bool = False) -> Chain:
    by_name = {_name(link): link for link in links}
    names = [name.strip() for name in wanted.split(",")]
    if not all(name in by_name for name in names) or len(set(names)) != len(names):
        raise ModelError(f"order has to name each of {', '.join(by_name)} once")
    if len(names) != len(links) and not is_part:
        raise ModelError(f"order has to name all of {', '.join(by_name)}")
    chain = _fitted([by_name[name] for name in names])
    if chain is None:
        raise ModelError(_misfit([by_name[name] for name in names]))
    return chain


def _misfit(links: Sequence[Link]) -> str:
    widths = ", ".join(f"{_name(link)} {_width(link)}" for link in links[:12])
    more = f" and {len(links) - 12} more" if len(links) > 12 else ""
    return f"these layers do not follow one another: {widths}{more}"


def _width(link: Link) -> str:
    likely = _as_first(link)[0]
    reads = f"{likely.weight.shape[0]} ids" if isinstance(likely, Table) else f"{likely.inputs}"
    return f"({reads} to {likely.outputs})"


def _question(orders: Sequence[Chain]) -> Question:
    choices = tuple(Choice(", ".join(map(_name, order)), "In this order.") for order in orders)
    why = "More than one order fits to their widths, and the file does not say which one it is."
    return Question("order", "In which order do the layers follow one another?", choices, why)


def _order_note(chain: Chain) -> str:
    return f"The layers are taken in the order {', '.join(map(_name, chain))}; others would fit to their widths too."


def _with_least_before(orders: Sequence[Chain]) -> list[Chain]:
    """Dense layers mostly come after the recurrent ones, so orders with the fewest of them before one are likely."""
    before = [max((k for k, link in enumerate(order) if isinstance(link, Rnn)), default=0) for order in orders]
    return [order for order, count in zip(orders, before, strict=True) if count == min(before)]


def _differ_by_numbers(orders: Sequence[Chain]) -> bool:
    """Whether all that changes places is numbered, as lstm1 and lstm2."""
    moving = [places for places in zip(*(map(_name, order) for order in orders), strict=True) if len(set(places)) > 1]
    return all(len({re.sub(r"\d+", "#", name) for name in places}) == 1 for places in moving)


def _natural(link: Link) -> list[tuple[int, str]]:
    return [(int(part[:15]), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", link.path)]


def _name(module: Module | Table) -> str:
    return printable(module.path) or "weight"

"""What the built-in scenarios are made of, in the order of the gallery."""

from scenario_sources import all_ones, counter

# name -> a function that gives the tree of its file, without format, version and name
SCENARIOS = {
    "lstm-counter": counter.five_steps,
    "lstm-counter-table": counter.nine_steps,
    "lstm-counter-hard": counter.nine_steps_hard,
    "all-ones-elman": all_ones.elman,
    "all-ones-own-memory": all_ones.own_memory,
    "all-ones-jordan": all_ones.jordan,
    "all-ones-bidirectional": all_ones.bidirectional,
}

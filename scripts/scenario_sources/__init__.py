"""What the built-in scenarios are made of, in the order of the gallery."""

from scenario_sources import (
    all_ones,
    counter,
    elman_jordan,
    gru,
    looking_back,
    padding,
    thousand_steps,
    trained,
    training,
)

# name -> a function that gives the tree of its file, without format, version and name
SCENARIOS = {
    "lstm-counter": counter.five_steps,
    "all-ones-elman": all_ones.elman,
    "all-ones-own-memory": all_ones.own_memory,
    "all-ones-jordan": all_ones.jordan,
    "elman-vs-jordan": elman_jordan.elman_vs_jordan,
    "padding-masking": padding.padding_masking,
    "lstm-counter-table": counter.nine_steps,
    "lstm-counter-hard": counter.nine_steps_hard,
    "lstm-peephole": looking_back.peephole,
    "lstm-feedback": looking_back.feedback,
    "gru-keep-replace": gru.keep_replace,
    "gru-conventions": gru.conventions,
    "all-ones-bidirectional": all_ones.bidirectional,
    "mnist-rows-lstm": trained.digits,
    "sentiment-bilstm": trained.sentences,
    "sunspots-gru": trained.sunspots,
    "thousand-steps": thousand_steps.thousand_steps,
    "bptt-sum": training.bptt_sum,
    "cliff": training.cliff,
    "cliff-four-clippings": training.cliff_four_clippings,
}

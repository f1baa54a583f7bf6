"""Scenarios: what a file holds, its checks, reading, saving, upgrading, and the scenarios that come with the program.

types, limits, errors          the value, its form in a file, how large it may be, what can be said against it
json_text, upgrade, decode     bytes -> JSON values -> current version -> typed records
build, build_network, arrays, initialise    records -> scenario, checked
form, layout, write            scenario -> text -> file
alternatives                   named variants
run_scenario, check, opening   the trace, the numbers that it must show, and the one that is opened first
training, tasks, data_sets     what is learned from and how; what was learned
derived                        losses and derivatives, by name
template, story                what is told, with its numbers put in
builtin, schema                what is shipped
"""

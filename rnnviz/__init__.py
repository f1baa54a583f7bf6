"""rnnviz: a time-travel debugger for recurrent neural networks."""

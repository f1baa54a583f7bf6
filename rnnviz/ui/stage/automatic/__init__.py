"""The diagram of a cell of one's own, made from its graph: nodes, then layers, then places."""

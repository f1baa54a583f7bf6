"""Networks as programs and weights of other frameworks: what `rnnviz.interop.export` writes."""

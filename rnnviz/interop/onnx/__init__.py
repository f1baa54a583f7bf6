"""ONNX: graphs read operator by operator, and written by a writer of our own."""

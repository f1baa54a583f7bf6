"""The extra `fast`: whole sequences at batch 1 with everything recorded, and gradients, beside compiled layers.

A row is `rnnviz.engine.run.run` as anybody calls it, with compiled loops loaded. The layers of PyTorch and ONNX Runtime
keep the hidden state alone; the scan of JAX records what rnnviz records.
"""

from __future__ import annotations

import importlib.util

import bench_engine as engine
import numpy as np
from bench_engine import Work, cpu_times, fill_torch, jax, network_and_params, report, torch
from onnx_model import recurrent_model

import rnnviz.fast
from rnnviz.engine import accelerate
from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.run import run

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

INPUTS = 8
FASTER = {"torch (h only)": 1.0, "jax scan": 1.0}


def bench_fast() -> None:
    if not importlib.util.find_spec("numba"):
        print("\nNumba is not installed here: the extra `fast` is not measured")
        return
    for steps in (1000, 10_000):
        print(
            f"\nWhole sequence, everything recorded, compiled (the extra `fast`), batch 1, T {steps:,}, {INPUTS} inputs"
        )
        for dtype in (np.float64, np.float32):
            for cell in engine.TORCH_LAYERS:
                for units in (16, 32, 64, 128):
                    _sequence(cell, units, dtype, steps)
    print(f"\nGradients of all parameters (the way back), with the extra `fast`, batch 1, T 1,000, {INPUTS} inputs")
    for dtype in (np.float64, np.float32):
        for cell in engine.TORCH_LAYERS:
            for units in (16, 32, 64, 128):
                _gradients(cell, units, dtype, 1000)


def _sequence(cell: str, units: int, dtype, steps: int) -> None:
    network, params = network_and_params(cell, INPUTS, units)
    x = np.random.default_rng(2).normal(size=(steps, 1, INPUTS)).astype(dtype)
    rnnviz.fast.unload()
    by_numpy = run(network, params, x, dtype=dtype)
    rnnviz.fast.ask_for_everything()
    trace = run(network, params, x, dtype=dtype)
    assert accelerate.sequence is not None
    for name in trace:
        assert np.abs(trace[name] - by_numpy[name]).max() < (1e-12 if dtype == np.float64 else 1e-5), name
    own = trace["cell.h"]
    works: dict[str, Work] = {"rnnviz": lambda: run(network, params, x, dtype=dtype)}
    if torch is not None:
        tensor = torch.from_numpy(x)
        module = getattr(torch.nn, engine.TORCH_LAYERS[cell])(INPUTS, units).to(tensor.dtype)
        fill_torch(module, cell, params, "_l0")

        def torch_layer():
            with torch.no_grad():
                return module(tensor)

        engine._same(torch_layer()[0].numpy(), own, dtype)
        works["torch (h only)"] = torch_layer
    if jax is not None:
        step, state = engine.jax_step(cell, params, dtype)
        scan = jax.jit(lambda xs: jax.lax.scan(step, state, xs)[1])
        sequence = x[:, 0]
        engine._same(np.asarray(scan(sequence)[-1]), own[:, 0], dtype)
        works["jax scan"] = lambda: jax.block_until_ready(scan(sequence))
    if onnxruntime is not None and dtype == np.float32:  # its layers know no float64
        session = _session(recurrent_model(cell, params, steps))
        engine._same(session.run(None, {"X": x})[0][:, 0], own, dtype)
        works["onnx (h only)"] = lambda: session.run(None, {"X": x})
    report(f"{cell} H {units} {np.dtype(dtype).name}", cpu_times(works), FASTER)


def _gradients(cell: str, units: int, dtype, steps: int) -> None:
    """Of the sum of all h. PyTorch goes back through the same graph again and again."""
    network, params = network_and_params(cell, INPUTS, units)
    x = np.random.default_rng(2).normal(size=(steps, 1, INPUTS)).astype(dtype)
    rnnviz.fast.ask_for_everything()
    trace = run(network, params, x, dtype=dtype)
    sources = {"cell.h": np.ones_like(trace["cell.h"])}
    compiled = accelerate.loop

    def by_numpy():
        accelerate.loop = None
        return parameter_gradients(trace, sources)

    def rnnviz_fast():
        accelerate.loop = compiled
        return parameter_gradients(trace, sources)

    own = rnnviz_fast()
    for name, gradient in by_numpy().items():
        engine._same(gradient / np.abs(gradient).max(), own[name] / np.abs(gradient).max(), dtype)
    works: dict[str, Work] = {"rnnviz": rnnviz_fast, "NumPy": by_numpy}
    if torch is not None:
        tensor = torch.from_numpy(x)
        module = getattr(torch.nn, engine.TORCH_LAYERS[cell])(INPUTS, units).to(tensor.dtype)
        fill_torch(module, cell, params, "_l0")
        loss = module(tensor)[0].sum()

        def torch_backward():
            module.zero_grad()
            loss.backward(retain_graph=True)

        torch_backward()
        found, scale = module.bias_ih_l0.grad[-units:].numpy(), np.abs(own[_last_bias(cell)]).max()
        engine._same(found / scale, own[_last_bias(cell)] / scale, dtype)
        works["torch"] = torch_backward
    report(f"{cell} H {units} {np.dtype(dtype).name}", cpu_times(works), {})


def _last_bias(cell: str) -> str:
    """The bias that stands last in PyTorch's."""
    return f"cell.b_{engine.GATES[cell][-1]}" if engine.GATES[cell] else "cell.b"


def _session(model: bytes):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

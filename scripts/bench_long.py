"""Long sequences at batch 1, everything recorded: in chunks where the memory fades, and the cost where it does not.

Every row is `rnnviz.engine.run.run` as anybody calls it, without compiled loops. "step after step" is the same with
`parallel=False`. PyTorch's layers and ONNX Runtime's keep the hidden state alone; JAX's scan records what rnnviz does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bench_engine import (
    TORCH_LAYERS,
    Work,
    _same,
    cpu_times,
    fill_torch,
    jax,
    jax_step,
    network_and_params,
    report,
    torch,
)

from rnnviz.engine.run import run

try:
    import onnxruntime
    from onnx_model import recurrent_model
except ImportError:
    onnxruntime = None

STEPS, INPUTS, UNITS = 10_000, 8, 32
AIMS = {
    ("elman", np.float32): {"torch (h only)": 30.0, "jax scan": 4.0, "onnx (h only)": 4.0},
    ("lstm", np.float32): {"torch (h only)": 1.0, "jax scan": 4.0},
}
AT_MOST = {"step after step": 1 / 1.3}


def bench_long() -> None:
    print(f"\nWhole sequence, everything recorded, batch 1, T {STEPS:,}, H {UNITS}, {INPUTS} inputs, memory that fades")
    for dtype in (np.float64, np.float32):
        for cell in TORCH_LAYERS:
            _fading(cell, dtype)
    print("\nThe same, memory that does not fade (1 / ratio: at most 1.3 times the run step after step)")
    for dtype in (np.float64, np.float32):
        for cell in TORCH_LAYERS:
            for temper in ("latched", "chaotic", "exploding"):
                _lasting(cell, temper, dtype)


def _inputs(dtype) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(STEPS, 1, INPUTS)).astype(dtype)


def _fading(cell: str, dtype) -> None:
    network, params = network_and_params(cell, INPUTS, UNITS)
    x = _inputs(dtype)
    trace, sequential = run(network, params, x, dtype=dtype), run(network, params, x, dtype=dtype, parallel=False)
    for name in trace:
        assert np.abs(trace[name] - sequential[name]).max() < (1e-13 if dtype == np.float64 else 4e-6), name
    own = trace["cell.h"]
    works: dict[str, Work] = {
        "rnnviz": lambda: run(network, params, x, dtype=dtype),
        "step after step": lambda: run(network, params, x, dtype=dtype, parallel=False),
    }
    if torch is not None:
        tensor = torch.from_numpy(x)
        module = getattr(torch.nn, TORCH_LAYERS[cell])(INPUTS, UNITS).to(tensor.dtype)
        fill_torch(module, cell, params, "_l0")

        def torch_layer():
            with torch.no_grad():
                return module(tensor)

        _same(torch_layer()[0].numpy(), own, dtype)
        works["torch (h only)"] = torch_layer
    if jax is not None:
        step, state = jax_step(cell, params, dtype)
        scan = jax.jit(lambda xs: jax.lax.scan(step, state, xs)[1])
        sequence = x[:, 0]
        _same(np.asarray(scan(sequence)[-1]), own[:, 0], dtype)
        works["jax scan"] = lambda: jax.block_until_ready(scan(sequence))
    if onnxruntime is not None and dtype == np.float32:  # its layers know no float64
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = recurrent_model(cell, params, STEPS)
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        _same(session.run(None, {"X": x})[0][:, 0], own, dtype)
        works["onnx (h only)"] = lambda: session.run(None, {"X": x})
    report(f"{cell} {np.dtype(dtype).name}", cpu_times(works), AIMS.get((cell, dtype), {}))


def _lasting(cell: str, temper: str, dtype) -> None:
    network, params = network_and_params(cell, INPUTS, UNITS)
    layer = network.recurrent[0]
    if temper == "latched" and cell == "elman":
        params["cell.U"] = 2.0 * np.eye(UNITS)
    elif temper == "latched":
        params["cell.b_f" if cell == "lstm" else "cell.b_z"][:] = 40.0
    elif temper == "chaotic":
        params = {name: values * (10.0 if ".U" in name else 1.0) for name, values in params.items()}
    else:
        params = {name: 4.0 * np.abs(values) for name, values in params.items()}
        slot = next(slot for slot, function in layer.functions().items() if function == "tanh")
        network = replace(network, layers=(replace(layer, activations={slot: "relu"}),))
    x = _inputs(dtype)
    trace, sequential = run(network, params, x, dtype=dtype), run(network, params, x, dtype=dtype, parallel=False)
    for name in trace:
        np.testing.assert_array_equal(trace[name], sequential[name], err_msg=name)
    works: dict[str, Work] = {
        "rnnviz": lambda: run(network, params, x, dtype=dtype),
        "step after step": lambda: run(network, params, x, dtype=dtype, parallel=False),
    }
    report(f"{cell} {temper} {np.dtype(dtype).name}", cpu_times(works), AT_MOST)

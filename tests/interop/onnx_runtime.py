"""Runs ONNX models in ONNX Runtime, in the Python that RNNVIZ_FRAMEWORKS_PYTHON names; nothing of ours runs in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np

PYTHON = os.environ.get("RNNVIZ_FRAMEWORKS_PYTHON", "")

_PROGRAM = """
import sys, numpy, onnx, onnxruntime
onnxruntime.set_default_logger_severity(4)
given = numpy.load(sys.argv[1])
found = {}
for key in sorted({name.split("/")[0] for name in given.files}):
    model = given[key + "/model"].tobytes()
    feeds = {name.split("/", 2)[2]: given[name] for name in given.files if name.startswith(key + "/in/")}
    try:
        if sys.argv[3] == "checked":
            onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        outputs = session.run(None, feeds)
    except Exception as error:
        found[key + "/error"] = numpy.array(str(error)[:400])
        continue
    for slot, output in zip(session.get_outputs(), outputs):
        found[key + "/out/" + slot.name] = output
numpy.savez(sys.argv[2], **found)
"""


def run_models(
    models: dict[str, tuple[bytes, dict[str, np.ndarray]]], folder: Path, checked: bool = True
) -> dict[str, dict[str, np.ndarray] | str]:
    """Key -> outputs by name, or why ONNX (checked) or ONNX Runtime refused the model."""
    given = {f"{key}/model": np.frombuffer(model, np.uint8) for key, (model, _) in models.items()}
    given |= {f"{key}/in/{name}": array for key, (_, feeds) in models.items() for name, array in feeds.items()}
    np.savez(folder / "given.npz", **given)
    command = [PYTHON, "-c", _PROGRAM, str(folder / "given.npz"), str(folder / "found.npz"), "checked" * checked]
    subprocess.run(command, check=True, timeout=600, env={"PATH": os.environ.get("PATH", "")})
    with np.load(folder / "found.npz") as found:
        results: dict[str, dict[str, np.ndarray] | str] = {}
        for key in models:
            prefix = f"{key}/out/"
            outputs = {name.removeprefix(prefix): found[name] for name in found.files if name.startswith(prefix)}
            results[key] = outputs or str(found[f"{key}/error"])
    return results

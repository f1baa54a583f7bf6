"""Random operators over all attributes of the standard give what ONNX Runtime gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.onnx.file import parse_onnx
from rnnviz.interop.onnx.read_onnx import model_of
from tests.interop.onnx_operators_at_random import random_case
from tests.interop.onnx_runtime import PYTHON, run_models
from tests.interop.test_models_onnx import check_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PYTHON, reason="RNNVIZ_FRAMEWORKS_PYTHON names no Python that has onnx and onnxruntime"),
]
COUNT = 600


def test_hundreds_of_random_operators_give_what_onnx_runtime_gives(tmp_path: Path) -> None:
    cases = {f"{seed:04}": random_case(seed) for seed in range(COUNT)}
    models = {key: (case.model, {"X": case.x}) for key, case in cases.items()}
    compared = 0
    for key, found in run_models(models, tmp_path, checked=False).items():
        if isinstance(found, str):
            assert "not supported" in found  # it has no layout 1
            continue
        if not all(np.isfinite(array).all() for array in found.values()):
            continue
        check_operator(model_of(parse_onnx(cases[key].model), {}), {"X": cases[key].x, **found})
        compared += 1
    assert compared > COUNT // 2

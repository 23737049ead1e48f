"""Libraries that report to their makers are kept from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_RUN = """
import sys
if sys.argv[1] == "ours":
    import tui_selector
import onnxruntime
from onnx import TensorProto, helper
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "graph", [x], [y])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
"""


def _traces(home: Path, whose: str) -> list[str]:
    """What ONNX Runtime leaves behind where it reports: a number of its own for this machine."""
    home.mkdir()
    silencing = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "DO_NOT_TRACK", "ORT_")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(silencing)
    }
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home)}
    subprocess.run([sys.executable, "-c", _RUN, whose], env=environment, check=True)
    return [str(path) for path in home.rglob("*") if "onnxruntime" in path.name.lower()]


def test_onnx_runtime_does_not_report(tmp_path: Path) -> None:
    assert _traces(tmp_path / "ours", "ours") == []
    if not _traces(tmp_path / "theirs", "theirs"):
        pytest.skip("this build of ONNX Runtime does not report anyway")

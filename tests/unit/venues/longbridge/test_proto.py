"""The committed protobuf modules are what their definitions make."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "actors" / "venues" / "longbridge" / "proto"


@pytest.mark.skipif(find_spec("grpc_tools") is None, reason="grpcio-tools is not installed")
def test_the_generated_modules_are_fresh(tmp_path: Path):
    """Generating again gives the same files."""
    sources = [path.relative_to(ROOT).as_posix() for path in sorted(FOLDER.glob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I."]
    command += [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", *sources]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in tmp_path.rglob("*_pb2.py*")}
    committed = {path.name: path.read_text() for path in FOLDER.glob("*_pb2.py*")}

    assert made == committed
    assert len(made) == 2 * len(sources) > 0

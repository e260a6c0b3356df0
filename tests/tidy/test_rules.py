"""The rules of the house that a machine can check; runs with plain pytest."""

import ast
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(
    path
    for folder in ("engine", "actors", "strategies", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)
PURE = ("engine/exchange", "engine/model", "engine/orders", "engine/risk", "engine/paper")
BANNED_CALLS = {
    "eval": "parse it",
    "exec": "only the codec and the plugin loader generate or run code, by other names",
    "pickle": "msgpack",
    "send_pyobj": "encode()",
    "recv_pyobj": "decode()",
    "open_websocket": "connect_websocket in a nursery of our own",
    "open_websocket_url": "connect_websocket in a nursery of our own",
}
EXEC_ALLOWED = {
    "engine/messages/codec.py",
    "engine/messages/shapes.py",
    "engine/messages/generate.py",
}
A_BANNED_WORD = re.compile(rf"\b(?:{'|'.join(BANNED_CALLS)})\b")
BEGINS_WITH_DOCSTRING = re.compile(r'r?"""\s*[^\s"]')
TEXT = [".py", ".md", ".toml", ".txt", ""]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        ROOT / name
        for name in listed.stdout.split()
        if Path(name).suffix in TEXT and (ROOT / name).is_file()
    ]


def names_in(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def banned_in(path: Path) -> set[str]:
    """What a file calls and should not; only those that hold such a word at all are parsed."""
    text = path.read_text(encoding="utf-8")
    if not A_BANNED_WORD.search(text):
        return set()
    used = names_in(ast.parse(text)) & BANNED_CALLS.keys()
    return used - {"exec"} if relative(path) in EXEC_ALLOWED else used


def test_nothing_banned_is_called():
    """Unsafe or known-broken calls are not used; each has a replacement."""
    offenders = {
        f"{relative(path)}: {name}": BANNED_CALLS[name]
        for path in CODE
        for name in sorted(banned_in(path))
    }

    assert offenders == {}


@pytest.mark.parametrize("text", ["eval(x)", "import pickle", "socket.send_pyobj(x)"])
def test_what_is_banned_is_found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Looking for words first lets none of them through."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "module.py").write_text(text)

    assert banned_in(tmp_path / "module.py")


def says_its_place(path: Path) -> bool:
    """Whether a module has a docstring; one that begins with three quotes has."""
    text = path.read_text(encoding="utf-8")
    return bool(BEGINS_WITH_DOCSTRING.match(text) or ast.get_docstring(ast.parse(text)))


def test_every_module_says_its_place():
    """A module opens with a paragraph on what it is for."""
    assert [relative(path) for path in CODE if not says_its_place(path)] == []


@pytest.mark.parametrize("folder", PURE)
def test_what_decides_reads_no_clock(folder: str):
    """Pure packages get time as an argument."""
    offenders = [
        relative(path)
        for path in (ROOT / folder).rglob("*.py")
        if re.search(
            r"\btime\.(time|monotonic|perf_counter)|datetime\.now|SystemClock", path.read_text()
        )
    ]

    assert offenders == []


def test_shared_code_names_no_venue():
    """Venues are known by their folders only."""
    venues = [
        path.name
        for path in (ROOT / "actors" / "venues").iterdir()
        if (path / "__init__.py").exists()
    ]
    offenders = [
        f"{relative(path)}: {venue}"
        for folder in ("engine", "actors/drill", "actors/command")
        for path in (ROOT / folder).rglob("*.py")
        for venue in venues
        if re.search(rf"import .*\b{venue}\b|[\"']{venue}[\"']", path.read_text(encoding="utf-8"))
    ]

    assert offenders == []


def test_no_hidden_characters():
    """No bidirectional marks, no zero-width characters, no stray controls in any text file."""
    offenders = []
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if any(unicodedata.category(char) in {"Cf", "Cc"} and char != "\t" for char in line):
                offenders.append(f"{relative(path)}:{number}")

    assert offenders == []


def test_no_machine_and_no_registry_is_named():
    """The project installs from wherever pip is told to, and runs wherever it is put."""
    pattern = re.compile(r"index-url|pypi\.org/simple|file:///|/root/|/work/")
    offenders = [
        f"{relative(path)}: {match.group()}"
        for path in texts()
        if path != Path(__file__) and (match := pattern.search(path.read_text(encoding="utf-8")))
    ]

    assert offenders == []


def test_the_import_rules_hold():
    """Imports run one way; the contracts stand in pyproject.toml."""
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:]


def test_the_readme_has_the_two_commands():
    """One command shows it, one tests it; both install with the pinned versions."""
    commands = re.findall(
        r"<!-- (demo|tests) -->\n```sh\n(.+)\n```", (ROOT / "README.md").read_text()
    )

    assert [kind for kind, _ in commands] == ["demo", "tests"]
    assert all("-c constraints.txt" in line and line.count("&&") == 3 for _, line in commands)

# SPDX-License-Identifier: ISC
"""A copy of the project in build/compiled whose core modules are machine code made from the same sources by mypyc.

    python -m tools.compiled            make it: needs mypy[mypyc], setuptools and a C compiler
    python -m tools.compiled --check    in the copy: is what should be compiled what gets imported?

Nothing needs it, and the sources know nothing of it (docs/decisions/0010-compiled-modules.md). The copy is whole, with
tests and benchmarks, so that no compiled module can come to lie beside a source that has changed since.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "compiled"
FOLDERS = ("resolver", "config", "tests", "benchmarks", "tools", "docs")
FILES = ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "Dockerfile", "LICENSE")
COMPILED_ROOMS = ("wire", "policy", "cache", "engine")
# Modules of these rooms that stay as they are, and why.
PLAIN = {
    "resolver/policy/rules.py": "msgspec reads bounds from annotations, which mypyc does not keep",
    "resolver/cache/budget.py": "the same",
    "resolver/engine/limits.py": "the same",
    "resolver/policy/lifetime.py": "unpacking gives a draft the class of a value; compiled layouts differ",
    "resolver/cache/entry.py": "the same",
    "resolver/cache/packed.py": "the same",
    "resolver/cache/lru.py": "a compiled class cannot extend cachetools' plain one",
    "resolver/cache/eviction.py": "its tests extend it, which a compiled class does not allow",
    "resolver/engine/outcome.py": "a field that is an int would forget that it held an Rcode",
}


def modules(root: Path) -> list[str]:
    """Paths of all modules to compile, from the root of the project."""
    paths = [path for room in COMPILED_ROOMS for path in sorted((root / "resolver" / room).rglob("*.py"))]
    names = [path.relative_to(root).as_posix() for path in paths]
    unknown = PLAIN.keys() - set(names)
    if unknown:
        raise SystemExit(f"error: compiled.PLAIN names what is gone: {', '.join(sorted(unknown))}")
    return [name for name in names if name not in PLAIN]


def make() -> None:
    """Copy the project and compile the copy's core."""
    shutil.rmtree(COPY, ignore_errors=True)
    waste = shutil.ignore_patterns("__pycache__", ".*_cache", "*.so")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, COPY / folder, ignore=waste)
    # Without pyproject.toml, which would make setuptools build the whole project; it follows below.
    script = Path(sys.executable).parent / "mypyc"
    compiler = [sys.executable, str(script), *modules(COPY)]
    made = subprocess.run(
        compiler, check=False, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if made.returncode:
        raise SystemExit(f"{made.stdout[-4000:]}\nerror: mypyc failed")
    shutil.rmtree(COPY / "build", ignore_errors=True)
    for file in FILES:
        shutil.copy2(ROOT / file, COPY / file)
    # An interpreter of its own, which cannot have imported any of it from elsewhere.
    checked = [sys.executable, "-m", "tools.compiled", "--check"]
    subprocess.run(checked, cwd=COPY, env=os.environ | {"PYTHONPATH": "."}, check=True)


def check() -> None:
    """Import every module that should be compiled; SystemExit if one of them is not."""
    names = modules(ROOT)
    for name in names:
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        importlib.import_module(module)
        file = sys.modules[module].__file__ or ""
        if not (file.startswith(f"{ROOT}/") and file.endswith(tuple(EXTENSION_SUFFIXES))):
            raise SystemExit(f"error: {module} comes from {file}, which is not compiled")
    print(f"{len(names)} compiled modules in {ROOT}")


def main() -> None:
    """Make the copy, or check the one this runs in."""
    parser = argparse.ArgumentParser(description="the core as compiled modules, in build/compiled")
    parser.add_argument("--check", action="store_true", help="only check that compiled modules are imported")
    (check if parser.parse_args().check else make)()


if __name__ == "__main__":
    main()

"""Loading Python drop-ins by path, so that no generic name (`chaos`, `reports`) is importable.

A drop-in decides verdicts: every file that a run loads goes into the evidence (`Loaded`).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rentree.errors import UsageError
from rentree.fault import Injector
from rentree.workspace import Found, listing

if TYPE_CHECKING:  # it brings the person's client along, which the parent does without
    from rentree.platform import Platform

# kind → the name by which the engine finds the class in its files
NAMED = {"platforms": "PLATFORM", "faults": "Injector", "reports": "REPORTER"}


def load(found: Found) -> ModuleType:
    """Run one file under a name of its own and return its module.

    Raises:
        UsageError: the file raises when it is loaded, or does not name its class; says where.
    """
    name = f"rentree_dropin.{found.kind}.{found.name.replace('-', '_')}"
    module = load_path(found.path, name)
    if (ends := NAMED.get(found.kind)) and not hasattr(module, ends):
        raise UsageError(f"{found.path}:1: the file must define `{ends}`")
    return module


def load_path(path: Path, name: str) -> ModuleType:
    """Run the file at `path` as module `name`, once a process. Raises UsageError."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a drop-in that exits would end us with its code
        del sys.modules[name]
        line = line_in(error, path)
        raise UsageError(f"{path}:{line}: {type(error).__name__}: {error}") from error
    return module


def adapter(path: Path) -> type[Platform]:
    """The adapter in a file of `loadtests/platforms/`, Python or YAML. Raises UsageError."""
    if path.suffix == ".yaml":
        from rentree.adapter import adapter_class, load_adapter  # noqa: PLC0415  # the client too

        return adapter_class(load_adapter(path))
    found = Found("platforms", path.stem, path, starter=False)
    loaded: type[Platform] = load(found).PLATFORM
    return loaded


def injectors() -> dict[str, type[Injector]]:
    """YAML word of a fault → the injector class that answers to it.

    Raises:
        UsageError: a drop-in does not load, or two claim one word.
    """
    known: dict[str, type[Injector]] = {}
    for found in listing("faults").values():
        module = load(found)
        for kind in module.Injector.kinds:
            if kind in known:
                raise UsageError(f"{found.path}:1: the fault “{kind}” has an injector already")
            known[kind] = module.Injector
    return known


def line_in(error: BaseException, path: Path | str) -> int:
    """The line of a file in which an error arose, as far as its traceback tells; else 1."""
    line = getattr(error, "lineno", None) or 1
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == str(Path(path).absolute()):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line

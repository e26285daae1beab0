"""Load a start's modules from one file, where the build made one: beside this file, for this very interpreter.

Each module that Python finds by itself costs a search through `sys.path` and some reads, which on Lambda is most of
what a small module costs. The file holds what the authorizer imports, compiled, in the order in which imports end; here
each of them becomes the module that Python would have made. Without the file, or with one for another version of
Python, nothing happens, and modules are found as ever (docs/adr/0016). The build is layers/bundle.py.
"""

from __future__ import annotations

import gc
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader
from _imp import _fix_co_filename  # type: ignore[attr-defined]
from marshal import loads
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    Row = tuple[str, str, bool, CodeType]  # name, file below the layer's folder, is it a package, its code

FILE = "start.bundle"


def load(folder: str) -> None:
    """Make the modules of a bundle in the package's folder; those that are there already stay as they are."""
    try:
        with open(f"{folder}/{FILE}", "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return
    if content.startswith(MAGIC_NUMBER):
        gc.disable()
        try:
            for row in loads(memoryview(content)[len(MAGIC_NUMBER):]):  # noqa: S302 # nosec B302 - as trusted as a .pyc beside it
                _make(folder.rpartition("/")[0], row)
        finally:
            gc.freeze()  # everything that was made here stays: the next collection would look at all of it for nothing
            gc.enable()


def _make(root: str, row: Row) -> None:
    name, place, is_package, code = row
    if name in sys.modules:
        return
    path = f"{root}/{place}"
    _fix_co_filename(code, path)  # does nothing where it is named so already: on Lambda
    module = sys.modules[name] = _module(name, path, is_package=is_package)
    try:
        exec(code, module.__dict__)  # noqa: S102 # nosec B102 - as every import does
    except BaseException:
        del sys.modules[name]
        raise
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


def _module(name: str, path: str, *, is_package: bool) -> ModuleType:
    """Return what `module_from_spec` would, without its questions, which are a tenth of what the modules cost."""
    folder, _, file = path.rpartition("/")
    spec = ModuleSpec(name, SourceFileLoader(name, path), origin=path, is_package=is_package)
    spec.has_location = True
    spec.cached = f"{folder}/__pycache__/{file[:-3]}.{sys.implementation.cache_tag}.pyc"
    module = ModuleType(name)
    known: dict[str, object] = {"__spec__": spec, "__loader__": spec.loader, "__package__": spec.parent,
                                "__file__": path, "__cached__": spec.cached}
    if spec.submodule_search_locations is not None:
        spec.submodule_search_locations.append(folder)
        known["__path__"] = spec.submodule_search_locations
    module.__dict__.update(known)
    return module


load(__file__.rpartition("/")[0])

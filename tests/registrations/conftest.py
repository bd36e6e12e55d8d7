"""What pages and documents of registrations share in tests."""

import sys
from importlib.abc import MetaPathFinder
from types import ModuleType

import pytest


class _NoPango(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> None:
        if name == "weasyprint":
            # As cffi says it on a machine without the library.
            raise OSError("cannot load library 'libpango-1.0-0'")


@pytest.fixture
def without_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing WeasyPrint fails as it does where the system library Pango is missing."""
    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_NoPango(), *sys.meta_path])

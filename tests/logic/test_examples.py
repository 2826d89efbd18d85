"""The examples in the docstrings of the kernel run and give what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from earwitness import logic

MODULES = sorted(module.name for module in pkgutil.iter_modules(logic.__path__, "earwitness.logic."))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert result.attempted > 0


def test_every_module_is_looked_at() -> None:
    assert len(MODULES) >= 9

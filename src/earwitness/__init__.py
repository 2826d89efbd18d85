"""Earwitness tells whether a claim about what was heard is true."""

__all__ = ["__version__"]

__version__ = "0.1.0"

"""From one seed and a name to an independent random generator.

Every place that draws at random is given its own generator, named after what it draws for. So the order of the
work, the number of worker processes and a resumed run change nothing: ``generator(7, "scene", "clip-00042")``
is the same stream wherever and whenever it is made.
"""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["generator", "whole_number"]


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator that belongs to a name.

    Parameters
    ----------
    seed
        The root seed, any integer.
    *names
        What the generator is for, from the general to the particular.

    Returns
    -------
    numpy.random.Generator
        A PCG64 stream; streams of different names are independent.

    Examples
    --------
    >>> generator(1, "scene", 3).integers(100) == generator(1, "scene", 3).integers(100)
    True
    """
    digest = hashlib.sha256(repr((int(seed), *names)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def whole_number(seed: int, *names: str | int) -> int:
    """Return the number, 0 to 2**31 - 1, that belongs to a name: a seed for libraries that take one.

    Parameters
    ----------
    seed
        The root seed, any integer.
    *names
        What it is for.
    """
    return int(generator(seed, *names).integers(2**31))

"""How values were come by: which of them rest on the same clip, and which task each belongs to.

Values that share a clip are not independent of one another. Where clips are plenty, the values fall into families that
share nothing with each other. Where many queries are asked of few clips, nearly all values hang together through
others, and yet each is related to a few only: that is why every pair of values is related or not by itself, instead of
each value having one cluster.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Design", "Form"]

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.intp]


class Form(NamedTuple):
    """What values that were all independent would make of a squared error, by the pairs that it is summed over."""

    own: float
    """How much of their variance it would hold: the trace of the quadratic form."""
    freedom: float
    """How many independent differences it rests on, after Satterthwaite; 0 where it rests on none."""


@dataclass(frozen=True)
class Design:
    """Which of n values are related, and the stratum of each."""

    related: sparse.csr_array
    """Shape (n, n), 1.0 where two values share a clip, and on the diagonal."""
    stratum: _Ints
    """The stratum of each value, numbered from 0 without a gap; shape (n,)."""

    @classmethod
    def of(cls, rests_on: npt.ArrayLike, *, n: int, strata: npt.ArrayLike | None = None) -> Design:
        """Relate values that rest on the same thing.

        Parameters
        ----------
        rests_on
            A value and a thing, such as a clip, that it rests on; shape (m, 2), both by number. A value may rest on
            several things, or on none, and is related to itself in any case.
        n
            How many values there are.
        strata
            The name of each value's stratum, shape (n,); None is one stratum.
        """
        from scipy import sparse

        pairs = np.asarray(rests_on, dtype=np.intp).reshape(-1, 2)
        if not ((pairs[:, 0] >= 0) & (pairs[:, 0] < n)).all():
            raise ValueError(f"There are {n} values, numbered from 0; got {pairs[:, 0].min()} to {pairs[:, 0].max()}.")
        different, things = np.unique(pairs[:, 1], return_inverse=True)
        number = len(different)
        # A thing of its own for each value relates it to itself.
        row, column = np.r_[pairs[:, 0], np.arange(n)], np.r_[things, number + np.arange(n)]
        rests = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(n, number + n))
        return cls(_ones(rests @ rests.T), _numbered(strata, n))

    @classmethod
    def of_families(cls, families: npt.ArrayLike, *, strata: npt.ArrayLike | None = None) -> Design:
        """Relate values of the same family.

        Parameters
        ----------
        families
            The name of each value's family, shape (n,).
        strata
            As for ``of``.
        """
        number = _numbered(families, np.size(families))
        return cls.of(np.column_stack((np.arange(len(number)), number)), n=len(number), strata=strata)

    def among(self, members: npt.ArrayLike) -> Design:
        """Return the design of some of the values, given by number or by a mask."""
        places = np.arange(len(self))[np.asarray(members)]
        return Design(_ones(self.related[places][:, places]), _numbered(self.stratum[places], len(places)))

    def __len__(self) -> int:
        return len(self.stratum)

    @property
    def n_clusters(self) -> int:
        """How many groups of values share nothing with each other, not even through others."""
        if self.is_of_families:
            return int(self.family.max(initial=-1)) + 1
        from scipy.sparse.csgraph import connected_components

        return int(connected_components(self.related, directed=False)[0])

    @cached_property
    def weight(self) -> _Values:
        """What each value weighs in the mean of the strata's means, shape (n,); the sum is 1."""
        size = np.bincount(self.stratum)
        return 1.0 / (len(size) * size[self.stratum])

    @cached_property
    def family(self) -> _Ints:
        """The family of each value, shape (n,): values that are related to the very same values."""
        starts, columns = self.related.indptr, self.related.indices
        seen: dict[bytes, int] = {}
        relatives = (columns[first:end].tobytes() for first, end in itertools.pairwise(starts))
        return np.array([seen.setdefault(each, len(seen)) for each in relatives], dtype=np.intp)

    @cached_property
    def families(self) -> sparse.csr_array:
        """As ``related``, within families only."""
        from scipy import sparse

        member = sparse.csr_array((np.ones(len(self)), (np.arange(len(self)), self.family)))
        return _ones(member @ member.T)

    @cached_property
    def is_of_families(self) -> bool:
        """Whether no value has relatives in two families: then families are independent."""
        return not len(self) or bool(self.related.nnz == self.families.nnz)

    @cached_property
    def n_alike(self) -> float:
        """How many independent values would weigh as these do, if all that are related were equal."""
        return 1.0 / float(self.weight @ (self.related @ self.weight))

    @cached_property
    def pull(self) -> _Values:
        """How much larger each value's weight must be for what its family has pulled its stratum's mean towards itself.

        Shape (n,); infinite where a family fills its stratum, for nothing is known of the spread there.
        """
        size = np.bincount(self.stratum)
        cell = self.family * len(size) + self.stratum
        rest = 1.0 - np.bincount(cell)[cell] / size[self.stratum]
        with np.errstate(divide="ignore"):
            pull: _Values = 1.0 / np.sqrt(rest)
        return pull

    @cached_property
    def form(self) -> Form:
        """The squared error summed over all pairs that are related."""
        return self._form(self.related)

    @cached_property
    def form_of_families(self) -> Form:
        """The squared error summed over the pairs within families."""
        return self.form if self.is_of_families else self._form(self.families)

    def _form(self, related: sparse.csr_array) -> Form:
        """Return the traces of M D K D M and of its square: K is ``related``, D weighs, M takes the means away."""
        from scipy import sparse

        root = 1.0 / np.sqrt(np.bincount(self.stratum))[self.stratum]
        stratum = sparse.csr_array((root, (np.arange(len(self)), self.stratum)))
        weigh = sparse.dia_array(((self.weight * self.pull)[None, :], [0]), shape=related.shape)
        weighed = weigh @ related @ weigh
        means = (weighed @ stratum).toarray()
        both = stratum.T @ means
        own = float(weighed.diagonal().sum() - np.trace(both))
        squares = float((weighed.data**2).sum() - 2.0 * (means**2).sum() + (both**2).sum())
        return Form(own, own**2 / squares if own > 0 and squares > 0 else 0.0)


def _ones(related: sparse.csr_array) -> sparse.csr_array:
    """Return a matrix with 1.0 wherever it had an entry, the entries of each row in order."""
    made = related.tocsr()
    made.data = np.ones_like(made.data)
    made.sort_indices()
    return made


def _numbered(names: npt.ArrayLike | None, n: int) -> _Ints:
    """Return names as numbers from 0 without a gap."""
    given = np.zeros(n) if names is None else np.asarray(names)
    if given.shape != (n,):
        raise ValueError(f"There are {n} values; their families and strata must be as many, got shape {given.shape}.")
    return np.unique(given, return_inverse=True)[1].reshape(n).astype(np.intp)

"""The kernel: one constraint over one timeline, and the five things that are done with it.

Conventions, stated once for the whole project:

- Times are seconds in float64; events and intervals are half-open ``[onset, offset)``.
- Times are kept to the microsecond. They are rounded when an event is made, so that two events at the same moment
  are equal, and lengths are compared with half a microsecond of slack, so that binary rounding decides nothing.
- No event is shorter than 10 ms. Planned times lie on a grid of 10 ms.
- ``a`` is before ``b`` when ``a.offset <= b.onset``; ``a`` overlaps ``b`` when they share more than zero time.

The room is pure: it imports the standard library, numpy and the error tree, and touches no file, clock or chance.
"""

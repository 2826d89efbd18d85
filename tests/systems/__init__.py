"""Tests of the retrieval systems."""

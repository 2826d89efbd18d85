"""Tests of measures, statistics and runs."""

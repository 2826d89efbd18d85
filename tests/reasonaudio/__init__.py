"""Tests of benchmarks: recipes, planning, building, proving."""

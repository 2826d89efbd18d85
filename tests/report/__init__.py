"""Tests of tables, charts and the page."""

"""Tests of questions about audio with several choices."""

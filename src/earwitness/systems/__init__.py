"""Retrieval systems: what they are given, those that ship, and how others are brought."""

"""Attacks on a real server, kept as data in ``cases.toml``: ``python -m hostile``."""

"""A real server at full load for minutes, with every answer compared: ``python -m soak``."""

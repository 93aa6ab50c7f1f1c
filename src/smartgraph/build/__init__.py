"""The workshop: authored sources in, a validated release out. It never imports the reading room."""

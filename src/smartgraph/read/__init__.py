"""The reading room: opens a release and answers. It never imports the workshop."""

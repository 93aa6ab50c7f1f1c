"""What a release costs in memory and on disk: memory, start, speed, and the time to replace a worker."""

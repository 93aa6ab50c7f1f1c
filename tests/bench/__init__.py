"""Our server beside others on the same data, in one run."""

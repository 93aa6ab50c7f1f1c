"""smartgraph: the open knowledge graph of the Ruhr region's smart-city work."""

__version__ = "0.1.0"

"""One module per kind of source: bytes in, the triples of one named graph out."""

"""One module per form of the report: for a terminal, for a browser, for programs, for RDF tools."""

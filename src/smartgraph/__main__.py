"""``python -m smartgraph`` is the same as the command ``smartgraph``."""

from smartgraph.cli import main

raise SystemExit(main())

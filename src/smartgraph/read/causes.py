"""Why a query ends without an answer: what its process died of, or that it found none.

Source: proc(5), /proc/pid/stat, field 52 (exit_code), in the form that waitpid(2) reports.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartgraph.errors import QueryTooDeep, QueryTooLarge, Text, TooManyAtOnce

if TYPE_CHECKING:
    from smartgraph.errors import QueryError

#: How the kernel ends a process whose stack finds no more room.
_NO_STACK: Final = (signal.SIGSEGV, signal.SIGBUS)
_BUSY: Final = "All query processes were busy for the {limit:g} s that a query waits. Try again in a moment."


def why_it_broke(pid: int, memory_mb: int) -> QueryError:
    """What to tell whoever asked; ``pid`` has ended, but its parent has not heard of it yet.

    A process that is refused memory ends itself, and one that takes the last of the machine's is ended.
    """
    with suppress(OSError, ValueError, IndexError):
        # The name of the program may have spaces and brackets; behind its last bracket nothing has.
        status = int(Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[-1])
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in _NO_STACK:
            return QueryTooDeep()
    return QueryTooLarge(memory_mb)


def waited_in_vain(patience_s: float) -> TooManyAtOnce:
    """What to tell whoever found no free process in so many seconds."""
    return TooManyAtOnce(Text(_BUSY, limit=patience_s), patience_s, "s", patience_s)

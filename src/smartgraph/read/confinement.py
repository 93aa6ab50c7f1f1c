"""What a process that answers strangers may not do: reach the network, outlive its parent, take what it likes."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

_MIB: Final = 1 << 20
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
#: The descriptors of a worker besides the standard ones: the channel, and what the kernel says about its memory.
_CHANNEL: Final = 3
_STATM: Final = 4

_libc: Final = ctypes.CDLL(None)

# ---- The network


class _Filter(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


#: By machine: how the kernel calls it, and its numbers for seccomp, socket and connect.
_NUMBERS: Final = {
    "x86_64": (0xC000003E, 317, 41, 42),
    "aarch64": (0xC00000B7, 277, 198, 203),
}
_IO_URING_SETUP: Final = 425  # could open a socket as well; the same on all machines
_OTHER_NUMBERS: Final = 0x4000_0000  # from here on a second way to call the kernel on x86_64
_SET_FILTER, _KEEP_SPECULATION = 1, 4
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOWED, _REFUSED = 0x7FFF_0000, 0x0005_0000 | errno.EPERM


def forbid_sockets() -> bool:
    """From now on, this process and all that descend from it can neither open a socket nor connect one.

    A pair of sockets can still be made. False if this is not known how to be done here.

    Spec: Linux, Documentation/userspace-api/seccomp_filter.rst.
    """
    if platform.machine() not in _NUMBERS:
        return False
    machine, seccomp, *calls = _NUMBERS[platform.machine()]
    program = _program(machine, (*calls, _IO_URING_SETUP))
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Old kernels would slow the processor down for whoever has a filter, against attacks that need its program.
    given = ctypes.byref(_Filter(len(program) // 8, program))
    return bool(_libc.syscall(seccomp, _SET_FILTER, _KEEP_SPECULATION, given) == 0)


def _program(machine: int, calls: tuple[int, ...]) -> bytes:
    """Instructions for the kernel, which runs them at each call: refused are ``calls``, and those in other numbers."""
    checks = [(_IF_AT_LEAST, _OTHER_NUMBERS), *((_IF_EQUAL, call) for call in calls)]
    lines = [
        (_LOAD, 0, 0, 4),  # the machine whose numbers are used
        (_IF_EQUAL, 0, len(checks) + 2, machine),
        (_LOAD, 0, 0, 0),  # the number of the call
        *((code, len(checks) - at, 0, value) for at, (code, value) in enumerate(checks)),
        (_RETURN, 0, 0, _ALLOWED),
        (_RETURN, 0, 0, _REFUSED),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


# ---- Everything else


def end_with_parent() -> None:
    """From now on, the kernel ends this process when the one that forked it ends."""
    parent = os.getppid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def alone(channel: socket.socket, spare_descriptors: int) -> socket.socket:
    """Takes from this process all descriptors but the channel; that under its new number.

    It may have so many more. Without any, it can open neither file nor socket.
    """
    end_with_parent()
    with suppress(OSError):  # Should the machine run out of memory, the kernel is to take us first.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    os.dup2(0, 2)  # The engine's last words would end up in the log, once for each crash.
    os.dup2(channel.detach(), _CHANNEL)
    os.dup2(os.open("/proc/self/statm", os.O_RDONLY), _STATM)
    os.closerange(_STATM + 1, os.sysconf("SC_OPEN_MAX"))
    _limit(resource.RLIMIT_NOFILE, _STATM + 1 + spare_descriptors)
    _limit(resource.RLIMIT_CORE, 0)
    return socket.socket(fileno=_CHANNEL)


def limit_memory(more_mb: int) -> None:
    """From now on, this process can have so much more memory, in MiB."""
    _limit(resource.RLIMIT_AS, _pages()[0] * resource.getpagesize() + more_mb * _MIB)


def own_bytes() -> int:
    """The memory of this process that no file can give back."""
    _, resident, from_files = _pages()
    return (resident - from_files) * resource.getpagesize()


def taken_bytes() -> int:
    """The memory that this process has been given so far, be it for itself or for copies of what it shares."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize()


def _limit(kind: int, limit: int) -> None:
    most = resource.getrlimit(kind)[1]
    limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
    resource.setrlimit(kind, (limit, limit))


def _pages() -> tuple[int, int, int]:
    """All pages of this process, those in memory, and of these the ones that are a file's too."""
    total, resident, from_files = map(int, os.pread(_STATM, 128, 0).split()[:3])
    return total, resident, from_files

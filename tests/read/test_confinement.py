"""What a query process may not do, tried in processes of their own: it cannot be taken back."""

from __future__ import annotations

import platform
import struct
import subprocess
import sys
from itertools import pairwise

import pytest

from smartgraph.read import confinement
from smartgraph.read.confinement import forbid_sockets

ALLOWED, REFUSED = 0x7FFF_0000, 0x0005_0001
#: By machine: socket, connect, and a few calls that a worker lives on (read, write, openat, socketpair, recvmsg).
CALLS = {
    "x86_64": (41, 42, (0, 1, 257, 53, 47)),
    "aarch64": (198, 203, (63, 64, 56, 199, 212)),
}


def verdict(program: bytes, machine: int, call: int) -> int:
    """What the kernel does with a call, by the rules of its filters."""
    lines = list(struct.iter_unpack("HBBI", program))
    at, value = 0, 0
    while True:
        code, if_so, if_not, operand = lines[at]
        at += 1
        match code:
            case 0x20:
                value = {0: call, 4: machine}[operand]
            case 0x15:
                at += if_so if value == operand else if_not
            case 0x35:
                at += if_so if value >= operand else if_not
            case 0x06:
                return operand


@pytest.mark.parametrize("name", CALLS)
def test_the_filter_refuses_sockets_and_lets_everything_else_through(name: str) -> None:
    machine, _, *calls = confinement._NUMBERS[name]
    program = confinement._program(machine, (*calls, 425))
    *refused, allowed = CALLS[name]
    for call in (*refused, 425, 0x4000_0000, 0x4000_0000 + refused[0], 0xFFFF_FFFF):
        assert verdict(program, machine, call) == REFUSED
    for call in (*allowed, *(call + 1 for call in refused if call + 1 not in refused), 424, 426, 0x3FFF_FFFF):
        assert verdict(program, machine, call) == ALLOWED
    other = next(numbers[0] for other, numbers in confinement._NUMBERS.items() if other != name)
    assert verdict(program, other, 0) == REFUSED


def test_every_machine_has_calls_here() -> None:
    assert confinement._NUMBERS.keys() == CALLS.keys()
    assert all(one[0] != other[0] for one, other in pairwise(confinement._NUMBERS.values()))


def test_a_confined_process_and_its_children_open_and_connect_no_socket() -> None:
    code = """
import socket, subprocess, sys
from smartgraph.read.confinement import forbid_sockets

server = socket.create_server(("127.0.0.1", 0))
caller = socket.socket()
assert forbid_sockets()
one, other = socket.socketpair()
one.send(b"still possible")
assert other.recv(100) == b"still possible"
for attempt in (socket.socket, lambda: caller.connect(server.getsockname())):
    try:
        attempt()
    except PermissionError:
        continue
    sys.exit("a socket could be used")
child = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], stderr=subprocess.PIPE, text=True)
assert "PermissionError" in child.stderr, child.stderr
"""
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_memory_that_was_taken_counts_also_for_copies_and_when_it_was_given_back() -> None:
    code = """
import os
from smartgraph.read.confinement import taken_bytes

size = 32 << 20
shared = bytearray(b"x") * size
if not os.fork():
    begun = taken_bytes()
    for at in range(0, size, 4096):
        shared[at] = 1
    copied = taken_bytes() - begun
    for _ in range(2):
        bytearray(b"x") * size
    os._exit(0 if size <= copied < 2 * size and taken_bytes() - begun >= 3 * size else 1)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
"""
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_on_a_machine_that_nobody_knows_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert not forbid_sockets()

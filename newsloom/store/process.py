"""Who holds a claim: tokens begin with their process, so that a restart frees at once what a killed one held."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from uuid import uuid4


def here() -> str:
    """This process: host, process id and, as ids are used again, when it started."""
    return _own(os.getpid())


def new_name() -> str:
    """A name for one opened store of this process."""
    return f"{here()}/{uuid4().hex[:8]}"


def new_token(name: str) -> str:
    """A token that no other claim has, for the store of that name."""
    return f"{name}:{uuid4().hex[:12]}"


def is_of(token: str, name: str) -> bool:
    """Whether the store of that name made the token."""
    return token.startswith(name + ":")


def holder(token: str) -> str:
    """The process that made a token."""
    return token.partition("/")[0]


def is_dead(process: str) -> bool:
    """Whether a process ran on this machine and is no more; of others we can't say."""
    host, _, rest = process.rpartition("|")
    pid = rest.partition("-")[0]
    if host != _host() or not pid.isdigit():
        return False
    return _tag(int(pid)) != process or not _exists(int(pid))


@cache
def _own(pid: int) -> str:
    return _tag(pid)


def _tag(pid: int) -> str:
    return f"{_host()}|{pid}-{_started(pid)}"


@cache
def _host() -> str:
    return socket.gethostname().replace("/", "-")


def _started(pid: int) -> str:
    """Clock ticks from boot to the start of a process, "" where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

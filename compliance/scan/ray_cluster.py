"""A Ray cluster to work on: one that is there, or one on this machine that ends with the work.

Ray counts and reports nothing here, and shows no dashboard. Whoever can speak to a cluster can run programs on it: one
that is started here asks for a token that only this process and its workers know.
"""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from compliance.errors import UsageError

# The results of a few pieces; what a small /dev/shm holds, or else a file.
_OBJECT_STORE = 128 * 1024 * 1024
_KNOCK = 10.0
_SHORT = 30
_ON_A_NODE = "run the command on a node of the cluster, with the versions of Ray and Python that it has"
_WITHOUT = "leave out --engine ray"
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it Ray warns of what it will do in time
}
# For a cluster that is started here: it listens to this machine alone, as Ray does on desktop systems by itself.
# It asks for a token unless the user has said otherwise; without one Ray would write a token into the home folder.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@contextmanager
def connected(address: str = "", cpus: int = 1) -> Iterator[Any]:
    """The `ray` module, connected to the cluster at an address, or to one of this machine with so many processors.

    What was begun ends with the block: the tasks on a cluster, and a cluster that was started for it. A connection that
    is there already is used and kept. `UsageError` where Ray is not installed or there is no such cluster.
    """
    ray = _ray(started_here=not address)
    if ray.is_initialized():
        yield ray
        return
    how: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    with ExitStack() as after:
        try:
            if address:
                _knock(address)
                how["address"] = address
            else:
                how |= {"address": "local", "num_cpus": cpus, "include_dashboard": False}
                how |= {"object_store_memory": _OBJECT_STORE, "_temp_dir": after.enter_context(_folder())}
            after.callback(ray.shutdown)
            ray.init(**how)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            what = f"there is no Ray cluster to use at {address}" if address else "Ray does not start on this machine"
            raise UsageError(f"{what}: {_first_line(error)}", remedy=_ON_A_NODE if address else _WITHOUT) from None
        yield ray


def _knock(address: str) -> None:
    """Whether somebody answers at an address: Ray itself would go on asking for a quarter of an hour."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise UsageError(f"{address!r} is no address of a cluster", remedy="give HOST:PORT of its head, or auto")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for the sockets and logs of a cluster; the names of sockets must be short."""
    short = len(tempfile.gettempdir()) <= _SHORT
    return tempfile.TemporaryDirectory(prefix="ray-", dir=None if short else "/tmp", ignore_cleanup_errors=True)


def _ray(*, started_here: bool) -> Any:
    settings = _QUIET | (_ALONE | {"RAY_AUTH_TOKEN": secrets.token_hex(32)} if started_here else {})
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise UsageError("the engine ray is not installed", remedy="install clearance[ray]") from None
    return ray


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__

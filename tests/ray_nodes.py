"""A Ray cluster of two nodes with a processor each, on this machine, for the tests that need one."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compliance.scan import ray_cluster

# One for all clusters of a test run: Ray reads it once a process.
TOKEN = secrets.token_hex(32)
_STORE = 80 * 1024 * 1024


@contextmanager
def two_nodes() -> Iterator[str]:
    """Start it and connect this process; its address."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ray_cluster._QUIET, **ray_cluster._ALONE}.items():
            patch.setenv(name, value)
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        import ray
        from ray._raylet import Config
        from ray.cluster_utils import Cluster

        Config.initialize("")  # where another test has imported Ray already, it reads its settings again
        node = {"num_cpus": 1, "object_store_memory": _STORE}
        nodes = Cluster(True, head_node_args={**node, "include_dashboard": False})
        logs = nodes.head_node.get_session_dir_path()
        try:
            nodes.add_node(**node)
            ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
            assert sum(n["Alive"] for n in ray.nodes()) == 2
            yield nodes.address
        finally:
            ray.shutdown()
            nodes.shutdown()
            shutil.rmtree(logs, ignore_errors=True)

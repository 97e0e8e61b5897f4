"""`clearance serve`: the same checks over HTTP, and pages for people."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    import socket

    from compliance.cli.commands import Commands

DEFAULT_LEDGER = "clearance-ledger.sqlite"
EXAMPLES = """  clearance serve                                 on this machine alone; prints a token to log in with
  clearance serve --ledger audit.db --port 8080
  clearance keys create --name ci --role engineer --ledger audit.db
  clearance serve --host 0.0.0.0 --name clearance.example.org --ledger audit.db"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "serve", "answer checks over HTTP, with pages for people", EXAMPLES)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="default 8000; 0 for any that is free")
    parser.add_argument(
        "--ledger", metavar="PLACE", help=f"a path or URL (default: $CLEARANCE_LEDGER, or ./{DEFAULT_LEDGER})"
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="a host name to answer to (may be repeated)"
    )
    parser.add_argument(
        "--corpora", type=Path, action="append", default=[], metavar="DIR", help="a folder of further records"
    )
    parser.add_argument("--deciders", type=int, metavar="N", help="processes that decide (default: one a core)")
    parser.add_argument("--max-body", type=int, default=4, metavar="MIB", help="largest body of a request (default 4)")
    parser.set_defaults(run=serve)


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import gc
    import os

    import uvicorn

    from api.app import create_app
    from api.keys import STARTUP, any_live, new_token
    from api.settings import LOOPBACK, MIB, Settings
    from compliance.errors import UsageError

    gc.enable()  # other commands end before garbage matters; this one does not
    if options.deciders is not None and not 1 <= options.deciders <= 64:
        raise UsageError("deciders are a number from 1 to 64", remedy="--deciders 2")
    if not 1 <= options.max_body <= 128:
        raise UsageError("the largest body is 1 to 128 MiB", remedy="--max-body 4")
    local = options.host in LOOPBACK
    place = options.ledger or os.environ.get("CLEARANCE_LEDGER") or DEFAULT_LEDGER
    token = new_token(STARTUP) if local and not _any_key(place) else ""
    more = {} if options.deciders is None else {"deciders": options.deciders}
    settings = Settings(
        ledger=place,
        corpora=tuple(options.corpora),
        startup_token=token,
        hosts=frozenset(options.name) | LOOPBACK if local or options.name else frozenset(),
        max_body=options.max_body * MIB,
        **more,
    )
    listening = _listen(options.host, options.port)
    app = create_app(settings)
    if not local and not any_live(app.state.service.log.engine):
        app.state.service.ledger.close()
        listening.close()
        raise UsageError(
            "nobody holds a key, and others can reach this address",
            remedy=f"clearance keys create --name ops --role admin --ledger {place}",
        )
    _greet(options.host, listening.getsockname()[1], place, token)
    config = uvicorn.Config(
        app,
        access_log=False,  # the service writes its own, without query strings
        log_level="warning",
        server_header=False,
        date_header=True,
        lifespan="on",
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65536,
    )
    with suppress(KeyboardInterrupt):  # raised once more when all is closed
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _any_key(place: str) -> bool:
    """Whether a store that is there already holds a live key."""
    from api.keys import any_live
    from api.store import prepare
    from compliance.ledger.ledger import open_ledger

    with open_ledger(place) as ledger:
        prepare(ledger.log.engine)
        return any_live(ledger.log.engine)


def _listen(host: str, port: int) -> socket.socket:
    import socket

    from compliance.errors import UsageError

    if not 0 <= port <= 65535:
        raise UsageError("a port is a number from 0 to 65535", remedy="--port 8000")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol stated, asyncio sends small answers at once (TCP_NODELAY); without, some wait 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot listen on {host}, port {port}: {reason}", remedy="another --port or --host") from None
    return listening


def _greet(host: str, port: int, place: str, token: str) -> None:
    from compliance.store.engine import shown

    name = f"[{host}]" if ":" in host else host
    print(f"clearance: serving on http://{name}:{port}, ledger {shown(place)}", file=sys.stderr)
    if token:
        print(f"clearance: log in at http://{name}:{port}/login?token={token}", file=sys.stderr)
        print("clearance: this token has the role admin and ends with this process", file=sys.stderr)
    sys.stderr.flush()

"""`clearance serve`: the same checks over HTTP, and pages for people."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.chat_model import add_model_options, key, named_model
from compliance.cli.commands import command

if TYPE_CHECKING:
    import socket

    from api.settings import ChatModel
    from compliance.cli.commands import Commands

SECRET_VARIABLE = "CLEARANCE_WEBHOOK_SECRET"
DEFAULT_LEDGER = "clearance-ledger.sqlite"
HUNG = 30
"""Seconds after which a worker that does not answer is ended, and another started."""
EXAMPLES = """  clearance serve                                 on this machine alone; prints a token to log in with
  clearance serve --ledger audit.db --port 8080
  clearance keys create --name ci --role engineer --ledger audit.db
  clearance serve --host 0.0.0.0 --name clearance.example.org --ledger audit.db
  clearance serve --workers 2 --ledger postgresql://clearance@db/audit"""


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
    parser.add_argument(
        "--corpus",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of dated terms to answer questions from, may repeat",
    )
    parser.add_argument("--words-only", action="store_true", help="search by words alone, without the embedding model")
    add_model_options(parser, seconds=60)
    parser.add_argument(
        "--terms", metavar="PLACE", help="the database of `clearance terms`, a path or URL (default: $CLEARANCE_TERMS)"
    )
    parser.add_argument(
        "--evidence-root",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder below which checks may name files to read, may repeat",
    )
    parser.add_argument("--uploads", type=Path, metavar="DIR", help="where uploads lie (default: beside the ledger)")
    parser.add_argument(
        "--max-upload", type=int, default=256, metavar="MIB", help="largest upload of evidence (default 256)"
    )
    parser.add_argument(
        "--webhook-host",
        action="append",
        default=[],
        metavar="HOST",
        help=f"a host that may be told of ended jobs, may repeat; signed with ${SECRET_VARIABLE}",
    )
    parser.add_argument(
        "--webhook-private", action="store_true", help="let webhooks go to the local network, and unencrypted"
    )
    parser.add_argument(
        "--oidc", type=Path, metavar="FILE", help="whose OpenID Connect tokens are taken beside keys (see the how-to)"
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that answer (default 1)")
    parser.add_argument(
        "--deciders",
        type=int,
        metavar="N",
        help="processes that decide, of each worker (default: one a core and one more, in all)",
    )
    parser.add_argument("--max-body", type=int, default=4, metavar="MIB", help="largest body of a request (default 4)")
    parser.add_argument(
        "--rate",
        type=float,
        default=500,
        metavar="N",
        help="requests of a key each second, by worker (default 500; 0: any)",
    )
    parser.add_argument(
        "--failed-logins",
        type=int,
        default=60,
        metavar="N",
        help="wrong credentials of an address each minute, by worker (default 60; 0: any)",
    )
    parser.set_defaults(run=serve)


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import gc
    import os
    from functools import partial

    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from api.app import create_app
    from api.keys import STARTUP, new_token
    from api.oidc import open_provider
    from api.settings import LOOPBACK, MIB, Settings
    from compliance.errors import UsageError
    from compliance.store.engine import shown

    gc.enable()  # other commands end before garbage matters; this one does not
    for name, most in (("workers", 64), ("deciders", 64), ("max_upload", 65536), ("max_body", 128)):
        given = getattr(options, name)
        if given is not None and not 1 <= given <= most:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is a number from 1 to {most}", remedy=f"{option} 1")
    if not 0 <= options.rate <= 1e6 or not 0 <= options.failed_logins <= 1e6:
        raise UsageError("--rate and --failed-logins are numbers from 0 to 1000000", remedy="0 sets no limit")
    local = options.host in LOOPBACK
    place = options.ledger or os.environ.get("CLEARANCE_LEDGER") or DEFAULT_LEDGER
    held = _any_key(place)
    if not held and not local and options.oidc is None:
        raise UsageError(
            "nobody holds a key, and others can reach this address",
            remedy=f"clearance keys create --name ops --role admin --ledger {shown(place)}",
        )
    token = "" if held or not local else new_token(STARTUP)
    settings = Settings(
        ledger=place,
        oidc=options.oidc.resolve() if options.oidc else None,
        corpora=tuple(options.corpora),
        corpus=_folders(options.corpus, "--corpus"),
        evidence_roots=_folders(options.evidence_root, "--evidence-root"),
        uploads=options.uploads.resolve() if options.uploads else None,
        max_upload=options.max_upload * MIB,
        webhook_hosts=frozenset(options.webhook_host),
        webhook_secret=_secret() if options.webhook_host else b"",
        webhook_private=options.webhook_private,
        words_only=options.words_only,
        chat_model=_model(options),
        terms=options.terms or os.environ.get("CLEARANCE_TERMS") or "",
        startup_token=token,
        hosts=frozenset(options.name) | LOOPBACK if local or options.name else frozenset(),
        max_body=options.max_body * MIB,
        rate=options.rate,
        failed_logins=options.failed_logins,
        deciders=options.deciders or max(1, Settings(ledger=place).deciders // options.workers),
    )
    if settings.oidc is not None:
        open_provider(settings.oidc)  # its faults are told here, once for all workers
    listening = _listen(options.host, options.port)
    several = options.workers > 1
    config = uvicorn.Config(
        partial(create_app, settings) if several else create_app(settings),
        factory=several,
        workers=options.workers,
        access_log=False,  # the service writes its own, without query strings
        log_level="warning",
        server_header=False,
        date_header=True,
        lifespan="on",
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=HUNG,
        h11_max_incomplete_event_size=65536,
    )
    _greet(options.host, listening.getsockname()[1], place, token)
    if several:
        # Each worker gets the settings through a pipe of its own: no secret is among a process's words or variables.
        Multiprocess(config, sockets=[listening]).run()
        return 0
    with suppress(KeyboardInterrupt):  # raised once more when all is closed
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _model(options: argparse.Namespace) -> ChatModel | None:
    """Who words the answers; it is made here too, so that its faults are told at once."""
    if named_model(options) is None:
        return None
    from api.settings import ChatModel
    from compliance.errors import UsageError

    if not options.corpus:
        raise UsageError("--model-url without --corpus", remedy="name a folder of dated terms to answer from")
    return ChatModel(
        url=options.model_url,
        name=options.model or "default",
        hosts=frozenset(options.model_host),
        key=key(),
        seconds=options.model_timeout,
    )


def _secret() -> bytes:
    """The key of the signatures, from the environment, in the spelling of Standard Webhooks."""
    import base64
    import os

    from compliance.errors import UsageError

    text = os.environ.get(SECRET_VARIABLE, "")
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True) if text.startswith("whsec_") else b""
    except ValueError:
        secret = b""
    if not 24 <= len(secret) <= 64:
        raise UsageError(
            f"{SECRET_VARIABLE} is not whsec_ and 24 to 64 bytes in base64",
            remedy=f"export {SECRET_VARIABLE}=whsec_$(openssl rand -base64 32)",
        )
    return secret


def _folders(paths: list[Path], option: str) -> tuple[Path, ...]:
    from compliance.errors import UnreadableFile

    for path in paths:
        if not path.is_dir():
            raise UnreadableFile("no such folder", file=str(path), remedy=f"name a folder with {option}")
    return tuple(path.resolve() for path in paths)


def _any_key(place: str) -> bool:
    """Whether the store, made or updated where need be, holds a live key."""
    from api.keys import any_live
    from api.store import prepare
    from compliance.ledger.ledger import open_ledger
    from compliance.store.engine import said_plainly

    with open_ledger(place) as ledger, said_plainly(place):
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

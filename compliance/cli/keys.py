"""`clearance keys`: API keys of the service."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from compliance.cli.commands import command
from compliance.cli.ledger_common import VARIABLE, clean, log_of, place_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from compliance.cli.commands import Commands

ROLES = ("engineer", "legal", "auditor", "admin")
EXAMPLES = """  clearance keys create --name ci --role engineer --days 90 --ledger audit.db
  clearance keys list --ledger audit.db
  clearance keys revoke 3f9a1c0b27de --ledger audit.db
  clearance keys add-tenant acme --ledger audit.db
  clearance keys create --name ops --role admin --tenant acme --ledger audit.db"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "keys", "make, list and end API keys of the service", EXAMPLES)
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, help_, run in (
        ("create", "make a key; its token is shown once, on stdout", create),
        ("list", "list keys, without their secrets", list_),
        ("revoke", "end a key and its sessions at once", revoke),
        ("add-tenant", "make a tenant, with a ledger of its own", add_tenant),
        ("tenants", "list tenants, and where their ledgers are", tenants),
    ):
        part = parts.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        part.add_argument("--ledger", metavar="PLACE", help=f"the service's ledger (default: ${VARIABLE})")
        part.set_defaults(run=run)
        if name == "create":
            part.add_argument("--name", required=True, help="who or what holds it")
            part.add_argument("--role", required=True, choices=ROLES)
            part.add_argument("--days", type=int, default=90, metavar="N", help="it lasts so long (default 90)")
            part.add_argument(
                "--tenant", default="", metavar="NAME", help="whose data it opens (default: the service's)"
            )
        elif name == "list":
            part.add_argument("--format", choices=("text", "json"), default="text")
        elif name == "add-tenant":
            part.add_argument("tenant", help="small letters, digits and _")
        elif name == "revoke":
            part.add_argument("id", help="the key's id, as the list shows it")


def create(options: argparse.Namespace) -> int:
    """Make a key. The ledger is made with it where there is none."""
    from api.keys import create_key
    from api.roles import Role

    with _store(options) as (engine, _):
        key, token = create_key(engine, options.name, Role(options.role), options.days, options.tenant)
    print(token)
    whose = f" of {key.tenant}" if key.tenant else ""
    print(
        f"key {key.id}, {key.role}{whose}, until {key.expires_at[:10]}; the token is not shown again", file=sys.stderr
    )
    return 0


def add_tenant(options: argparse.Namespace) -> int:
    """Make a tenant."""
    from api import tenants as held
    from compliance.store.engine import shown

    with _store(options) as (engine, place):
        held.add_tenant(engine, place, options.tenant)
        print(clean(f"{options.tenant}  {shown(held.place_of(place, options.tenant))}"))
    return 0


def tenants(options: argparse.Namespace) -> int:
    """Print the tenants with the places of their ledgers."""
    from api import tenants as held
    from compliance.store.engine import shown

    with _store(options) as (engine, place):
        for name in held.list_tenants(engine):
            print(clean(f"{name}  {shown(held.place_of(place, name))}"))
    return 0


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[tuple[Engine, str]]:
    """The service's database, made where there is none, and its place."""
    from api.store import prepare
    from compliance.ledger.ledger import open_ledger
    from compliance.store.engine import said_plainly

    place = str(place_of(options.ledger))
    with open_ledger(place) as ledger, said_plainly(place):
        prepare(ledger.log.engine)
        yield ledger.log.engine, place


def list_(options: argparse.Namespace) -> int:
    """Print the keys in the order in which they were made."""
    from api.keys import list_keys

    def show(engine: Engine) -> None:
        for key in list_keys(engine):
            if options.format == "json":
                fields = ("id", "name", "role", "state", "made_at", "expires_at", "revoked_at", "tenant")
                print(json.dumps({name: getattr(key, name) for name in fields}))
            else:
                whose = f" ({key.tenant})" if key.tenant else ""
                print(clean(f"{key.id}  {key.role:<8}  {key.state:<7}  until {key.expires_at[:10]}  {key.name}{whose}"))

    _with_store(options, show)
    return 0


def revoke(options: argparse.Namespace) -> int:
    """End a key."""
    from api.keys import revoke_key

    _with_store(options, lambda engine: revoke_key(engine, options.id))
    print(clean(f"key {options.id} is revoked"))
    return 0


def _with_store(options: argparse.Namespace, work: Callable[[Engine], None]) -> None:
    from api.store import prepare
    from compliance.store.engine import said_plainly

    with log_of(options) as log, said_plainly(log.place):
        prepare(log.engine)
        work(log.engine)

"""What the modules of commands share: how a sub-parser is made."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def command(commands: Commands, name: str, help_: str, examples: str) -> argparse.ArgumentParser:
    """A sub-parser whose help ends in `examples`; the caller adds arguments and `set_defaults(run=...)`."""
    return commands.add_parser(
        name,
        help=help_,
        description=help_[0].upper() + help_[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

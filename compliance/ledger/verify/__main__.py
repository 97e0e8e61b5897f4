"""`python verify FILE [--checkpoint FILE] [--key FILE]`: the check without the rest of the program."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a folder: make its modules a package of its own
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    __package__ = Path(__file__).resolve().parent.name
    __import__(__package__)

from .check import verify
from .words import describe


def main() -> int:
    """Check and tell; 0 where all is as it was written, 1 where not, 65 where there is nothing to check."""
    parser = argparse.ArgumentParser(prog="verify", description="Check a ledger or a bundle of evidence.")
    parser.add_argument("what", help="a ledger's file or URL, or a bundle")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that was kept elsewhere")
    parser.add_argument("--key", type=Path, help="a verifier key that was kept elsewhere")
    options = parser.parse_args()
    try:
        report = verify(options.what, checkpoint=options.checkpoint, key=options.key)
    except (OSError, ValueError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return 65
    print("\n".join(describe(report)))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())

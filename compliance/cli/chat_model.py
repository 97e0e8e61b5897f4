"""The chat model that words answers, as `ask` and `serve` take it from the command line."""

from __future__ import annotations

import argparse
import sys
from typing import Any

KEY_VARIABLE = "CLEARANCE_MODEL_KEY"
"""The environment variable with the key of the model's server."""


def add_model_options(parser: argparse.ArgumentParser, *, seconds: float) -> None:
    """The options that name the model; a draft may take `seconds` where nothing else is said."""
    parser.add_argument(
        "--model-url",
        default="",
        metavar="URL",
        help=f"an OpenAI-compatible model words answers, and a gate checks them; its key: ${KEY_VARIABLE}",
    )
    parser.add_argument("--model", default="", metavar="NAME", help="the model's name there")
    parser.add_argument(
        "--model-host",
        action="append",
        default=[],
        metavar="HOST",
        help="allow a model on this host (https only), may repeat; without it, on this machine alone",
    )
    parser.add_argument(
        "--model-timeout",
        type=float,
        default=seconds,
        metavar="SECONDS",
        help=f"at most so long for a draft ({seconds:.0f})",
    )


def named_model(options: argparse.Namespace) -> Any:
    """The model that the options name, if any; the user is told where it runs on another machine.

    A `UsageError` tells of options that do not go together, and of an address that is not allowed.
    """
    from compliance.errors import UsageError

    if not options.model_url:
        if options.model_host or options.model:
            raise UsageError("--model or --model-host without --model-url", remedy="name the model's address")
        return None
    from compliance.qa.model import chat_model, checked_address, is_loopback

    host = checked_address(options.model_url, options.model_host)
    model = chat_model(
        options.model_url,
        options.model or "default",
        hosts=options.model_host,
        key=key(),
        seconds=options.model_timeout,
    )
    if not is_loopback(host):
        print(f"clearance: questions and passages of terms are sent to {host}", file=sys.stderr)
    return model


def key() -> str:
    """The key of the model's server, from the environment; empty for none."""
    import os

    return os.environ.get(KEY_VARIABLE, "")

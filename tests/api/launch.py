"""The command line with the service's commands, as a process that is started by its file."""

from __future__ import annotations

from compliance.cli import keys, main, serve

if __name__ == "__main__":
    main.COMMANDS = (*main.COMMANDS, *(part for part in (serve, keys) if part not in main.COMMANDS))
    main.run()

"""All small files of the tests together."""

from __future__ import annotations

from made_api import API
from made_cards import CARDS
from made_configs import CONFIGS
from made_logs import LOGS
from made_projects import PROJECTS
from made_rows import ROWS

TEXTS = [*API, *LOGS, *ROWS, *CARDS, *CONFIGS, *PROJECTS]

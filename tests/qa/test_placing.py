"""Where a question is placed among the topics, and the words that are searched with."""

from __future__ import annotations

import os
import subprocess
import sys

WORDS_IN_ORDER = """
from compliance.index.catalogue import Catalogue
from compliance.index.index import Index
from compliance.index.texts import Shelf
from compliance.qa.placing import Placer
from compliance.qa.question import Asked
query = Placer(Index(Shelf((), ()), Catalogue(None), None)).query(Asked(text="May we sell what the service returns?"))
print(query.clause_words)
"""


def test_every_run_searches_with_the_same_words() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", WORDS_IN_ORDER],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1 and "sell" in runs.pop()

"""Matches as claims, the form in which evidence is held against a manifest.

That a file holds rows of a set is said as of the file itself (`subject`). Who made the set is only what its pack says,
so it is `medium` at most: it opens a review, and does not decide.
"""

from __future__ import annotations

from compliance.corpus.corpus import Corpus
from compliance.evidence.claims import Claim
from compliance.evidence.readers.collector import sayable
from compliance.evidence.readers.names import known_model
from compliance.fingerprint.match import FileMatch, Found

SAYS = "fingerprint pack"


def claims_of(match: FileMatch, corpus: Corpus) -> list[Claim]:
    """The data sets that stand in a file, and the models that made what of them stands there.

    Models get the makers and families that the corpora know of them.
    """
    claims: list[Claim] = []
    for found in match.found:
        place = found.first[0]
        note = sayable(note_of(found, match.rows), 500)
        answered = found.answers > 0
        file = sayable(match.file)
        claims.append(
            Claim(
                kind="dataset", value=sayable(found.dataset), strength=found.strength, says=SAYS, file=file,
                record=place.row, role="subject" if answered else "prompts", records=found.rows, note=note,
            )
        )  # fmt: skip
        for teacher in found.teachers if answered else ():
            known = known_model(corpus, teacher)
            claims.append(
                Claim(
                    kind="model", value=sayable(teacher), strength="medium", says=SAYS, file=file, record=place.row,
                    role="targets", maker=known.maker, family=known.family, records=found.answers, note=note,
                )
            )  # fmt: skip
    return claims


def note_of(found: Found, rows: int) -> str:
    """A match in a sentence."""
    told = f"{found.rows:,} of {rows:,} rows ({found.share:.2%}) are those of {found.dataset}"
    asked = found.rows - found.answers
    return told + (f", {asked:,} of them by the question alone" if asked else "")

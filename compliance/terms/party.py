"""Who a clause speaks of: the customer or user, or the provider itself."""

from __future__ import annotations

import re
from typing import Literal

Subject = Literal["user", "provider", "nobody"]

_MODAL = (
    r"(?:will|may|shall|must|can|cannot|could|would|does|do|did|don't|doesn't|won't|agrees?|agreed|uses?|used|trains?|"
    r"trained|reserves?|grants?|assigns?|claims?|collects?|process(?:es)?|retains?|is|are|has|have|own|owns|hereby)"
)
_USER = (
    r"you|your|customers?|clients?|licensees?|(?:end[- ])?users?|subscribers?|members?|developers?|recipients?|"
    r"participants?|anyone|no one|nobody|each party|authori[sz]ed users?|company|downstream"
)
_OPENERS = (
    r"(?:(?:further(?:more)?|however|in addition|also|for clarity|for the avoidance of doubt|additionally|therefore|"
    r"moreover|except as [^,]{0,60}|subject to [^,]{0,200}|to the extent [^,]{0,120}|(?:as|in|for|"
    r"with) [^,]{0,80}|if [^,]{0,160}|when [^,]{0,100}|"
    r"unless [^,]{0,80}|as between [^,]{0,60}|by default|by [a-z]+ing [^,]{0,80}),?\s+)*"
)
_SUBJECT = re.compile(
    rf"{_OPENERS}(?:the |any |all |our |each )?"
    rf"(?:(?P<user>{_USER})|(?P<we>we|us)|"
    rf"(?P<name>(?-i:[A-Z][\w.&'-]*(?: [A-Z][\w.&'-]*){{0,3}})(?!,? (?:use|own|train|have|process|"
    rf"retain|grant|do)\b)))"
    rf"(?:'s)?(?: and (?:its|your|our) [\w ]{{1,30}}?)?,? (?:hereby |also |further |expressly )?{_MODAL}\b",
    re.IGNORECASE,
)
_USER_WORD = re.compile(rf"(?:the |any |all |each )?(?:{_USER})\b", re.IGNORECASE)
_NOT_A_PARTY = re.compile(
    r"(?:this|that|these|those|it|there|such|outputs?|services?|use|using|content|the|any|all|no|nothing|section|"
    r"agreement|terms|input|model|if|when|in|as|fees|data|licen[sc]e|software|materials?|not|to|for|"
    r"prohibited|don't|do|never|please|subject|restricted|unacceptable|permitted|other|third|applicable|"
    r"examples?|\w+ing|\w+ly)\b",
    re.IGNORECASE,
)
_GRANT = re.compile(
    r"\bgrants? (?:to )?(?:you|customer|licensee)\b|\b(?:permits?|licenses?|authori[sz]es?) you to use\b", re.IGNORECASE
)
_INNER = re.compile(rf"\b(?P<user>you|customer|licensee|user)\b (?:hereby |also )?{_MODAL}\b", re.IGNORECASE)
_INNER_WE = re.compile(rf"\b(?:we|us) (?:hereby |also |further )?{_MODAL}\b", re.IGNORECASE)


def subject_of(plain: str) -> Subject:
    """Who acts in a sentence: found at its head, else by the first "you may" or "we may" within it."""
    if _GRANT.search(plain):
        return "user"  # what is granted is for the user to do
    match = _SUBJECT.match(plain)
    if match:
        if match["user"]:
            return "user"
        if match["we"]:
            return "provider"
        name = match["name"]
        if not _NOT_A_PARTY.match(name) and not _NOT_A_PARTY.match(name.split()[-1]):
            return "user" if _USER_WORD.match(name) or _USER_WORD.match(name.split()[-1]) else "provider"
    user, we = _INNER.search(plain), _INNER_WE.search(plain)
    if user and (not we or user.start() < we.start()):
        return "user"
    return "provider" if we else "nobody"

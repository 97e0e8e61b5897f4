"""From the words that people attach to data and weights to licence records; what is not known stays unknown."""

from __future__ import annotations

from collections.abc import Iterable

from compliance.corpus.names import licence_key
from compliance.corpus.records import Licence

# How far a kind of licence restricts: where words name several, the most restrictive counts.
_RESTRICTS = {
    "non-commercial": 11,
    "passes-on": 10,
    "model-community": 9,
    "use-restricted": 8,
    "service": 7,
    "data-agreement": 6,
    "copyleft": 5,
    "share-alike": 4,
    "attribution": 3,
    "agreement": 2,
    "own": 2,
    "permissive": 1,
    "public-domain": 1,
    "unclear": 0,
}


class Licences:
    """Licence records by every spelling."""

    def __init__(self, licences: Iterable[Licence]) -> None:
        self.by_id = {licence.id: licence for licence in licences}
        self._by_key: dict[str, Licence] = {}
        self._phrases: list[tuple[str, Licence]] = []
        self._memo: dict[str, tuple[Licence, ...]] = {}
        for licence in self.by_id.values():
            for name in (licence.id, licence.name, licence.spdx, *licence.aliases):
                if name:
                    self._by_key.setdefault(licence_key(name), licence)
            self._phrases += [(licence_key(phrase), licence) for phrase in licence.phrases]
        self._phrases.sort(key=lambda pair: (-len(pair[0]), pair[0]))

    def resolve(self, label: str) -> tuple[Licence, ...]:
        """The licences that `label` stands for; several where it joins them, none where it is not known."""
        found = self._memo.get(label)
        if found is None:
            found = self._memo[label] = self._resolve(label)
        return found

    def _resolve(self, label: str) -> tuple[Licence, ...]:
        exact = self._by_key.get(licence_key(label))
        if exact is not None:
            return (exact,)
        if ";" in label:
            parts = [self._resolve(part) for part in label.split(";") if part.strip()]
            if parts and all(parts):
                return tuple(dict.fromkeys(x for part in parts for x in part))
        joined = self._expression(label)
        if joined:
            return joined
        return self._by_phrase(label)

    def _expression(self, label: str) -> tuple[Licence, ...]:
        """An SPDX expression: of `OR` the least restrictive choice, of `AND` all parts; `WITH` does not restrict."""
        upper = f" {label.upper()} "
        if not any(word in upper for word in (" OR ", " AND ", " WITH ")):
            return ()
        from license_expression import ExpressionError, Licensing

        try:
            tree = Licensing().parse(label, simple=True)
        except (ExpressionError, ValueError):
            return ()
        return self._walk(tree) if tree is not None else ()

    def _walk(self, node: object) -> tuple[Licence, ...]:
        kind = type(node).__name__
        args = getattr(node, "args", ())
        if kind == "OR":
            choices = [self._walk(arg) for arg in args]
            known = [c for c in choices if c]
            return min(known, key=lambda c: max(_RESTRICTS[x.kind] for x in c), default=())
        if kind == "AND":
            parts = [self._walk(arg) for arg in args]
            return tuple(x for part in parts for x in part) if all(parts) else ()
        name = getattr(getattr(node, "license_symbol", node), "key", "")
        found = self._by_key.get(licence_key(str(name)))
        return (found,) if found else ()

    def _by_phrase(self, label: str) -> tuple[Licence, ...]:
        flat = f"-{licence_key(label)}-"
        hits = [licence for phrase, licence in self._phrases if f"-{phrase}-" in flat]
        if not hits:
            hits = [licence for phrase, licence in self._phrases if len(phrase) > 7 and phrase in flat]
        if not hits:
            return ()
        return (max(hits, key=lambda licence: _RESTRICTS[licence.kind]),)

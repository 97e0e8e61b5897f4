"""The reference pages, written from rules, records and the command line's parser.

    python -m compliance.docs_pages docs/reference

One page a rule and a provider, one of all licences, one of the command line, and indexes. A test compares the committed
pages with those that this makes: pages are never edited by hand.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from compliance.cli.main import parser
from compliance.corpus.corpus import Corpus, load_corpus
from compliance.corpus.dossier import Dossier, dossier
from compliance.corpus.load import data_folder
from compliance.corpus.records import Licence
from compliance.docs_providers import provider_page
from compliance.report.markdown import code, escaped
from compliance.ruleset.load import load_ruleset
from compliance.ruleset.ruleset import Rule

MADE = "<!-- Made by `python -m compliance.docs_pages docs/reference`; not edited by hand. -->\n\n"
FOLDERS = ("rules", "providers")


def pages() -> dict[str, str]:
    """All reference pages: their text by their path below the reference folder."""
    corpus = load_corpus()
    rules = sorted(load_ruleset().rules.values(), key=lambda rule: rule.order)
    found = {f"rules/{slug(rule.rule)}.md": _rule_page(rule) for rule in rules}
    providers = [d for party in corpus.content.parties if (d := dossier(corpus, party)).speaks]
    for one in providers:
        found[f"providers/{slug(one.party.id)}.md"] = provider_page(one)
    found["rules/README.md"] = _rules_index(rules)
    found["providers/README.md"] = _providers_index(providers)
    found["licences.md"] = _licences_page(corpus)
    found["cli.md"] = _cli_page(parser())
    found["README.md"] = _index(rules, providers, corpus)
    return {name: MADE + text.rstrip("\n") + "\n" for name, text in sorted(found.items())}


def write(folder: Path) -> int:
    """Write the pages below `folder`, take away those that are no longer made, and say how many there are."""
    made = pages()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for part in FOLDERS:
        for old in (folder / part).glob("*.md"):
            if f"{part}/{old.name}" not in made:
                old.unlink()
    return len(made)


def slug(name: str) -> str:
    """An id as the name of a file."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "page"


def _index(rules: list[Rule], providers: list[Dossier], corpus: Corpus) -> str:
    licences, datasets = len(corpus.content.licences), len(corpus.content.datasets)
    return f"""# Reference

- [Rules](rules/README.md): the {len(rules)} labels that a source can get, in the order in which they count
- [Providers](providers/README.md): {len(providers)} parties with their terms, models and licences
- [Licences](licences.md): {licences} licences of data and weights
- [Command line](cli.md)

Records on board: {corpus.records:,}, among them {len(corpus.families)} model families and {datasets} data sets;
`clearance corpora show NAME` prints any of them.
"""


def _rules_index(rules: list[Rule]) -> str:
    lines = ["# Rules", "", "Where several rules lead to the same verdict, the first of this list counts.", ""]
    lines += ["| label | verdicts | says |", "| --- | --- | --- |"]
    for rule in rules:
        verdicts = ", ".join(dict.fromkeys(branch.verdict for branch in rule.branches))
        lines.append(f"| [{escaped(rule.rule)}]({slug(rule.rule)}.md) | {verdicts} | {escaped(rule.says)} |")
    return "\n".join(lines)


def _rule_page(rule: Rule) -> str:
    """The page that people wrote beside the rule, if there is one, and its exact conditions."""
    written = data_folder("rules") / rule.rule / "rule.md"
    if written.is_file():
        text = written.read_text(encoding="utf-8").rstrip()
    else:
        text = f"# {escaped(rule.title)}\n\n{escaped(rule.says)}\n\n**Remedy.** {escaped(rule.remedy)}"
    lines = [text, "", "## Exactly", "", "| stage | where | verdict | reason | instead of |", "| --- " * 5 + "|"]
    for branch in rule.branches:
        where = "; ".join(_condition(branch.when))
        instead = ", ".join(branch.excepts) or "-"
        lines.append(f"| {branch.stage} | {where} | {branch.verdict} | {escaped(branch.reason)} | {escaped(instead)} |")
    lines += ["", f"The rule: `rules/{rule.rule}/rule.yaml`. Its words: `rules/vocabulary.yaml`."]
    return "\n".join(lines)


def _condition(when: dict[str, object]) -> Iterator[str]:
    for word, value in when.items():
        if word in ("any", "all", "not"):
            parts = value if isinstance(value, list) else [value]
            inner = " or " if word == "any" else " and "
            joined = inner.join("(" + "; ".join(_condition(part)) + ")" for part in parts if isinstance(part, dict))
            yield f"not {joined}" if word == "not" else joined
        else:
            values = value if isinstance(value, list) else [value]
            yield f"{escaped(word)}: {' or '.join(escaped(str(v)) for v in values)}"


def _providers_index(providers: list[Dossier]) -> str:
    lines = ["# Providers", "", "| provider | kind | documents | families | licences |", "| --- " * 5 + "|"]
    for one in sorted(providers, key=lambda d: d.party.name.casefold()):
        counts = " | ".join(str(len(part) or "-") for part in (one.documents, one.families, one.licences))
        lines.append(f"| [{escaped(one.party.name)}]({slug(one.party.id)}.md) | {one.party.kind} | {counts} |")
    return "\n".join(lines)


def _licences_page(corpus: Corpus) -> str:
    lines = [
        "# Licences",
        "",
        "In our words; the text itself counts. Duties are owed on distribution unless a line says",
        "",
    ]
    lines[-2] += " otherwise."
    by_kind: dict[str, list[Licence]] = {}
    for licence in corpus.content.licences:
        by_kind.setdefault(licence.kind, []).append(licence)
    for kind in sorted(by_kind):
        lines += [f"## {kind}", ""]
        for licence in sorted(by_kind[kind], key=lambda x: x.name.casefold()):
            name = f"**{escaped(licence.name)}** ({code(licence.id)})"
            lines.append(f"- {name}: {escaped(licence.paraphrase)}{_more(licence)}")
        lines.append("")
    return "\n".join(lines)


def _more(licence: Licence) -> str:
    parts = []
    if licence.duties:
        parts.append("Duties: " + "; ".join(d.text + (" (on use)" if d.on == "use" else "") for d in licence.duties))
    outputs = licence.outputs
    if outputs is not None and (outputs.paraphrase or outputs.contradiction):
        parts.append(
            f"Outputs ({outputs.section or 'section not noted'}): {outputs.paraphrase or outputs.contradiction}"
        )
    for limit in licence.thresholds:
        parts.append(f"Above {limit.above:,} {limit.measure.replace('_', ' ')}: {limit.duty or limit.effect}")
    if licence.territory is not None:
        parts.append(f"No rights in: {', '.join(licence.territory.excluded)}")
    parts.append(f"Source: {licence.source.ref} ({licence.source.basis})")
    return "".join(f" {escaped(part.rstrip('.'))}." for part in parts)


def _cli_page(top: argparse.ArgumentParser) -> str:
    lines = ["# Command line", "", *_block(top.epilog or "")]
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                lines += ["", f"## clearance {name}", "", escaped(sub.description or ""), ""]
                lines += [*_arguments(sub), "", *_block(sub.epilog or "")]
    return "\n".join(lines)


def _arguments(sub: argparse.ArgumentParser) -> Iterable[str]:
    for action in sub._actions:
        if action.dest == "help":
            continue
        if isinstance(action, argparse._SubParsersAction):
            for name, nested in action.choices.items():
                yield f"- {code(name)}: {escaped(nested.description or '')}"
                yield from (f"  {line}" for line in _arguments(nested))
            continue
        value = str(action.metavar or action.dest.upper()) if action.nargs != 0 else ""
        name = f"{', '.join(action.option_strings)} {value}".strip() if action.option_strings else value.lower()
        choices = f"one of {', '.join(map(str, action.choices))}" if action.choices else ""
        text = "; ".join(part for part in (action.help or "", choices) if part)
        yield f"- {code(name)}" + (f": {escaped(text)}" if text else "")


def _block(text: str) -> list[str]:
    return ["```text", text.replace("```", "'''"), "```"] if text else []


def main() -> int:
    """Write the pages into the folder that is named on the command line."""
    asked = argparse.ArgumentParser("python -m compliance.docs_pages", description="Write the reference pages.")
    asked.add_argument("folder", type=Path, help="where they go, such as docs/reference")
    folder = asked.parse_args().folder
    print(f"{write(folder)} pages are in {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

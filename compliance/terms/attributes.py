"""What a clause says beside its category: effect, object, condition, exceptions, and whom it binds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from compliance.terms.categories import USUAL_EFFECT, Category, Effect
from compliance.terms.plain import plain

if TYPE_CHECKING:
    from compliance.terms.features import Reading

_OUTPUT = re.compile(
    r"\b(?:outputs?|completions?|results|responses?|ai-generated|generated (?:content|images?)|assets|"
    r"creations|suggestions|"
    r"synthetic data|data (?:produced|generated)|content available)\b",
    re.IGNORECASE,
)
_INPUT = re.compile(r"\b(?:inputs?|prompts?|(?:plugin|connector) requests)\b", re.IGNORECASE)
_SERVICE = re.compile(
    r"\b(?:services?|platforms?|apis?|sites?|websites?|apps?|products?|software|account)\b", re.IGNORECASE
)
_WEIGHTS = re.compile(
    r"\b(?:weights|parameters|materials|model derivatives?|derivative works?|derivatives|the models?|"
    r"checkpoints?|model components|"
    r"licensed (?:model|materials)|works|underlying models?|models, algorithms)\b|\b[A-Z][\w.-]+ models?\b"
)
_EXCEPTION = re.compile(
    r"\((?P<inner>(?:except|excluding|other than|unless|only to the extent)[^)]{3,400})\)|"
    r"(?P<tail>\b(?:except(?: to the extent| as| that| for| when| where| in)?|unless|other than|excluding|"
    r"save (?:as|for|where)|"
    r"provided that|to the extent (?:such|these|that such))\b[^.;]{3,400})",
    re.IGNORECASE,
)
_FOLLOWING_EXCEPTION = re.compile(
    r"(?:however|notwithstanding|for the avoidance of doubt|this (?:restriction|does not|section does not|"
    r"prohibition)|the foregoing|nothing in this|for clarity)\b"
    r"[^.]{0,160}?\b(?:can|may|permit|does not|shall not apply|allow|except|is not)",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\blicensee\b|\bmodel derivatives?\b|\bderivatives? of the model\b|\bweights\b|\blicensor\b", re.IGNORECASE
)
_LICENCE_TITLE = re.compile(r"\blicen[cs]e\b", re.IGNORECASE)
_BUSINESS = re.compile(
    r"\bcustomer (?:shall|will|may|must|is|agrees)\b|\border form\b|\bapi terms\b|\bdevelopers?\b|"
    r"\bbusiness terms\b|\bapi keys?\b|"
    r"\byour end users\b|\bcommercial terms\b|\benterprise\b|\bservices agreement\b|\bsubscription term\b",
    re.IGNORECASE,
)
_CONSUMER = re.compile(
    r"\bconsumer\b|\b1[38] years\b|\byour account\b|\bminimum age\b|\bparent or\b|"
    r"\bpersonal(?:,)? (?:and )?non-commercial\b",
    re.IGNORECASE,
)


def effect_of(category: Category, reading: Reading) -> Effect:
    """The effect: what the category usually says, unless the words turn it."""
    words = reading.unit.plain
    if category == "distill" and reading.signals & {"student is derivative"} and not reading.banned:
        return "oblige"
    if (
        category == "distill"
        and reading.defines
        and re.search(r"derivativ|modif|adapt", reading.defines, re.IGNORECASE)
    ):
        return "oblige"
    if category == "naming-attribution" and re.search(
        r"\b(?:[Ww]e ask|encouraged|may|invited|appreciate)\b", words[:200] + " " + reading.unit.lead[-120:]
    ):
        return "oblige" if reading.banned or re.search(r"\b(?:must|shall|required)\b", words) else "permit"
    if (
        category == "scale-threshold"
        and re.search(
            r"\b(?:terminate|not (?:authori[sz]ed|permitted|allowed)|may not|must not|prohibited|are excluded)\b", words
        )
        and not re.search(
            r"\b(?:must|shall|need to|required to)\b.{0,40}\b(?:request|purchase|obtain|contact|apply)", words
        )
    ):
        return "prohibit"
    if category == "misrepresent-human" and not reading.banned and not re.search(r"\bwithout\b", words):
        return "oblige"
    return USUAL_EFFECT.get(category, "prohibit")


def object_of(category: Category, reading: Reading, licence: bool) -> str:
    """What the clause speaks of, out of `output`, `service`, `weights`, `dataset` and `input`, joined by commas."""
    words = reading.unit.plain
    found = []
    if _WEIGHTS.search(words) and (licence or re.search(r"\bweights\b|\bmodels?, algorithms|underlying", words)):
        found.append("weights")
    if _SERVICE.search(words) and not licence:
        found.append("service")
    if _INPUT.search(words):
        found.append("input")
    if _OUTPUT.search(words) and category not in ("reverse-engineer", "third-party-conduct"):
        found.append("output")
    if category in ("output-ownership", "misrepresent-human"):
        return (
            "input,output"
            if "input" in found and category == "output-ownership" and "output" not in found
            else "output"
        )
    if not found:
        found.append("weights" if licence else "service")
    return ",".join(found)


def condition_of(category: Category, reading: Reading) -> str:
    """On what the clause turns, in a few words; `none` where it turns on nothing."""
    words = f"{reading.unit.plain}"
    if category in ("train-competing-models", "competing-product") or (
        category == "distill" and "competes" in reading.signals
    ):
        return "directly competing" if re.search(r"directly compet", words) else "competing"
    if category in ("non-commercial",):
        return "research only" if re.search(r"\bresearch\b", words) and "ommercial" not in words else "commercial"
    if category in ("flow-down", "naming-attribution"):
        return "distribution" if re.search(r"distribut|available|recipient|copies", words, re.IGNORECASE) else "none"
    if category == "scale-threshold":
        match = re.search(
            r"(?:more than|greater than|over|exceed\w*)?\s*[$€]?\s?[\d.,]+\s*(?:million|"
            r"billion)?[^.;,]{0,40}?(?:users|revenue|USD)?",
            words,
        )
        return " ".join(match.group().split())[:80] if match else "none"
    if category == "train-any-models":
        match = re.search(r"\b(?:any|another|other) (other [^.;,()]{3,60}?models?)\b", words)
        if match:
            return match[1]
        if re.search(r"\bcommercial (?:purposes?|models?|use)\b", words):
            return "commercial"
    if category == "permit-training":
        match = re.search(
            r"\bas long as [^.;]{3,120}|\bif (?:such|these) [^.;]{3,120}|\bsubject to [^.;,]{3,80}|\bvia [^.;,]{3,60}",
            words,
        )
        return match.group() if match else "none"
    if category == "output-ownership":
        match = re.search(r"\bsubject to [^.;,]{3,60}", words, re.IGNORECASE)
        return match.group().lower() if match else "none"
    return "none"


def exceptions_of(reading: Reading, effect: Effect, definitions: dict[str, str]) -> str:
    """The exceptions: those in the clause, in the sentence after it, and in the definition of a term that it names."""
    unit = reading.unit
    found = [" ".join((m["inner"] or m["tail"]).split()) for m in _EXCEPTION.finditer(unit.plain)]
    lead = [m for m in _EXCEPTION.finditer(unit.lead) if m.end() > len(unit.lead) - 200]
    found.extend(" ".join((m["inner"] or m["tail"]).split()) for m in lead)
    if effect == "prohibit" and unit.after and _FOLLOWING_EXCEPTION.match(unit.after):
        found.append(unit.after)
    named = unit.plain + " " + unit.lead
    for term, meaning in definitions.items():
        if re.search(r"except|permitted|allowed|authori[sz]ed", term, re.IGNORECASE) and re.search(
            rf"\b{re.escape(term)}\b", named
        ):
            found.append(f"{term}: {meaning}")
    unique = list(dict.fromkeys(found))
    return "; ".join(unique)[:1200]


def bound_of(text: str) -> str:
    """Whom the document binds: `licensee`, `customer` or `end-user`, by the words that it uses most tellingly."""
    words = plain(text[:200_000])
    pages = max(0.3, len(words) / 10_000)
    licence, business, consumer = (len(p.findall(words)) for p in (_LICENCE, _BUSINESS, _CONSUMER))
    titled = bool(_LICENCE_TITLE.search(words[:200]))
    if (licence / pages > 6 or (titled and licence)) and licence >= business:
        return "licensee"
    return "customer" if business > 2 * consumer else "end-user"

"""Prior verdicts: what a lawyer would read off a unit's signals, polarity and subject. The model may overrule them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from compliance.terms.categories import Category

if TYPE_CHECKING:
    from compliance.terms.features import Reading

_ASIDE = re.compile(r"\((?:but|note|however|provided|for clarity)[^()]*(?:\([^()]*\)[^()]*)*\)", re.IGNORECASE)
_TRAINS = frozenset(
    {"trains a model", "makes a model", "trains an offering", "trains on", "for training", "improves a model"}
)
_ONLY_FOR_SCRAPING = re.compile(
    r"\b(?:scrap|crawl|harvest)\w*\b(?:(?!\bpurposes? of)[^.;]){0,80}\b(?:train|develop)", re.IGNORECASE
)
_PRODUCT_ALONE_COMPETES = re.compile(
    r"\b(?:models?|systems?|algorithms?),? (?:or|nor|and) (?:any |an? )?(?:compet|rival)\w* "
    r"(?:products?|services?|offerings?)",
    re.IGNORECASE,
)
_WE_PROMISE = re.compile(
    r"\b(?:is|are|be|been|being) (?:\w+ ){0,4}?used\b[^.;]{0,60}\b(?:train|improv|develop)|"
    r"\btraining data (?:we|customer|you|provided)|"
    r"\bour (?:use|training)\b|\balleg|\bgrants? (?!you\b|customer\b|licensee\b)\w+\b[^.;]{0,40}\b(?:right|"
    r"licen)|\bdo(?:es)? not include\b",
    re.IGNORECASE,
)
_OURS = (
    r"\b(?:outputs?|completions?|results|responses|services?|api|platform|models?|materials|software|contents?|code|"
    r"repositor(?:y|ies)|sites?|data-?sets?|documentation)\b.{0,60}"
)
_OUTPUT_NOT_USED = re.compile(
    r"^(?!.*\b(?:your|user|customer|personal|we|our|us)\b)"
    rf"(?:.*{_OURS}\b(?:may not|must not|shall not|cannot|can not|may never|must never) be used|"
    rf".*\bno\b.{{0,40}}{_OURS}\bbe\b.{{0,80}}?\bused)",
    re.IGNORECASE,
)
_MODELS_OF_YOURS = re.compile(
    r"\bmodels? (?:that |which )?you (?:may )?(?:develop|create|build|train|fine)", re.IGNORECASE
)
_HANDS_OVER = re.compile(r"\b(?:upload|submit|provide|send)\w*\b[^.;]{0,80}\btrain", re.IGNORECASE)
_MUST = re.compile(
    r"\b(?:remember to|responsibility to|you bind|"
    r"must|shall|agrees? to|required to|will|need to|have to|also include)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:we ask|encouraged?|please|appreciate|may|invited)\b", re.IGNORECASE)
_OWN_NOTICE = re.compile(
    r"\bdoes not grant\b|\byou may add your own\b|\bif the work includes\b|\btrademark license\b|\bregulations\b",
    re.IGNORECASE,
)
_DATA_PROTECTION = re.compile(
    r"\bsub-?processors?\b|\bpersonal data\b|\bconfidential|\bexport\b|\bpersonnel\b", re.IGNORECASE
)
_RECIPIENT = re.compile(
    r"\b(?:third[- ]part|recipient|downstream|subsequent|users?\b|(?:re)?distribut|copies|deriv|modifications)",
    re.IGNORECASE,
)
_OTHER_PURPOSE = re.compile(
    r"\b(?:beta|skype|rewards|arbitrat|jams|spam|solicitation|advertis|trademark|mark\b|logo|resell)", re.IGNORECASE
)
_OWN_AFFAIR = re.compile(
    r"\b(?:confidential|liab|indemni|defend|hold harmless|subscription|your account|passwords?|credentials|"
    r"vulnerabilit)",
    re.IGNORECASE,
)
_FROM_THE_SERVICE = re.compile(r"\bfrom (?:the |our |any )*(?:outputs?|services?|platform)\b", re.IGNORECASE)
_SITES_OF_OTHERS = re.compile(
    r"\bthird[- ]party (?:web|sites?|properties)|\b(?:sites?|properties) of (?:others|third)", re.IGNORECASE
)
_REMOVES_A_MARK = re.compile(
    r"\b(?:remov|delet|alter|obscur|strip|tamper)\w*\b[^.;]{0,60}\b(?:watermarks?|metadata|labels?|marks?|indicia|"
    r"notices?|identifiers?)\b",
    re.IGNORECASE,
)
_OTHER_HARVEST = re.compile(
    r"\b(?:facial|biometric|usernames|e-?mail addresses|personal(?:ly identifiable)? (?:information|data)|"
    r"unsolicited|chatbots?|"
    r"bot[- ]generated|health bots|automated bots|decision[- ]making)\b",
    re.IGNORECASE,
)
NOT_PREVENTED = re.compile(
    r"(?:not|n't) (?:prevent|prohibit|restrict|limit|preclude)s?\b[^.;]{0,60}?\b(?:train|fine[- ]?tun|distil|develop)|"
    r"\bnothing (?:in|here)\b[^.;]{0,60}?\b(?:prevent|prohibit|restrict|limit|preclude)s?\b[^.;]{0,60}?"
    r"\b(?:train|fine[- ]?tun|distil|develop)|"
    r"\bno (?:restrictions?|limits?|limitations?) on\b[^.;]{0,60}?\b(?:train|fine[- ]?tun|distil)",
    re.IGNORECASE,
)
_DERIVATIVE_TERM = re.compile(r"derivativ|derived|modif|adapt|student|fine-?tun", re.IGNORECASE)
_CONDITIONAL = re.compile(
    r"if you (?:are an individual|do not want|want|reside|are located)|you may use outputs? for any", re.IGNORECASE
)
_EITHER_WAY = re.compile(
    r"\bwho uses?\b|\bpersonal\b[^.;]{0,30}\bor\b[^.;]{0,30}\bbusiness\b|\bdoes not (?:limit|prevent|restrict)\b|"
    r"\bnon-?commercial use\b[^.;]{0,60}\b(?:means?|includes?|does not include)\b|"
    r"\bcommercial (?:or|and) non-?commercial|\bnon-?commercial (?:or|and) commercial|\bis not (?:a|an|considered)\b",
    re.IGNORECASE,
)
_LIMITING = re.compile(
    r"\b(?:solely|only|exclusively|not|n't|no|never|cannot|for your (?:own )?(?:personal|internal|"
    r"informational)|prohibited|if you are not)\b|"
    r"\bgrant\w*\b[^;]{0,400}\bfor any non-?commercial|\bfor (?:non-?commercial|personal)|noncommercial",
    re.IGNORECASE,
)


def without_asides(plain: str) -> str:
    """`plain` without its asides in brackets, which say what the rest does not mean."""
    return " ".join(_ASIDE.sub(" ", plain).split())


def verdicts_of(reading: Reading) -> frozenset[str]:
    """The verdicts of a reading, each named "= <category>"."""
    return frozenset(f"= {category}" for category in _categories(reading))


def _categories(reading: Reading) -> set[Category]:
    found = _training(reading)
    found |= _access(reading)
    found |= _grants(reading)
    return found | _licence(reading)


def _training(reading: Reading) -> set[Category]:
    """Bans and permissions of training, and of building what competes."""
    signals, words = reading.signals, reading.unit.plain
    found: set[Category] = set()
    bound = reading.banned and reading.subject != "provider"
    # "We grant you the right to fine-tune our models" speaks of the user, though the models are the provider's.
    granted = "lead permits" in signals and not re.search(r"\b(?:we|us)\b", words)
    not_for_use = bool(_OUTPUT_NOT_USED.search(words))
    promised = bool(_WE_PROMISE.search(words)) and not not_for_use
    for_provider = ("provider trains" in signals and not granted) or promised
    hands_over = bool(_HANDS_OVER.search(words)) and "output" not in signals and not not_for_use
    for_provider = for_provider or hands_over
    ways = signals & _TRAINS
    # "The source code or the training data" names what is hidden, and speaks of no training.
    hidden = ways == {"for training"} and bool(signals & {"finds source", "reverse engineers", "extracts weights"})
    trains = bool(ways) and not hidden and not for_provider
    if NOT_PREVENTED.search(words) and not for_provider:
        found.add("permit-training")
    if "makes an AI application" in signals and bound and not reading.defines and not for_provider:
        found.add("train-any-models")
    if (
        trains
        and bound
        and not reading.defines
        and "harmful model" not in signals
        and not _ONLY_FOR_SCRAPING.search(words)
    ):
        if "competes" in signals and not _PRODUCT_ALONE_COMPETES.search(words):
            found.add("train-competing-models")
        elif "extracts weights" not in signals or "uses output" in signals:
            found.add("train-any-models")
    if {"trains a product", "product that competes"} <= signals and bound and not reading.defines and not for_provider:
        found.add("train-competing-models")
    if "competes" in signals and "product that competes" in signals and bound and not reading.defines:
        found.add("competing-product")
    exception = bool(re.search(r"permitted|allowed|exception|exempt", reading.defines.lower()))
    allowed = not reading.banned or exception
    trains = trains and not _MODELS_OF_YOURS.search(words)
    teaches = trains or ("distils" in signals and not for_provider)
    opened = bool(signals & {"permitted to train", "lead permits", "distils"})
    opened = exception or (opened and bool(signals & {"permits", "lead permits"}))
    if teaches and allowed and opened and (not reading.defines or exception) and reading.subject != "provider":
        found.add("permit-training")
    distils = bool(signals & {"distils", "imitates"}) or "extracts weights" in signals
    banned_by_name = "defined conduct is banned" in signals and "distils" in signals
    named = not reading.defines or "distils" in signals
    if distils and named and (bound or banned_by_name) and not for_provider:
        found.add("distill")
    widened = "derivative" in signals or "other model" in signals or bool(_DERIVATIVE_TERM.search(reading.defines))
    if "student is derivative" in signals and (reading.defines or "lead derivative" in signals) and widened:
        found.add("distill")
    return found


def _access(reading: Reading) -> set[Category]:
    """Bans of reverse engineering, scraping, claiming a human author, and helping others."""
    signals = reading.signals
    found: set[Category] = set()
    bound = reading.banned and reading.subject != "provider"
    if ("reverse engineers" in signals and (bound or reading.defines)) or (
        "finds source" in signals and bound and not reading.defines
    ):
        found.add("reverse-engineer")
    takes = signals & {"scrapes", "automated means"} or (
        "extracts data" in signals and not signals & {"extracts weights", "reverse engineers"}
    )
    words = reading.unit.plain
    elsewhere = _OTHER_HARVEST.search(words) and not _FROM_THE_SERVICE.search(words)
    if bound and takes and not elsewhere and not _SITES_OF_OTHERS.search(words):
        found.add("scrape-output")
    if bound and "caches" in signals and "output" in signals:
        found.add("scrape-output")
    unmasks = bool(_REMOVES_A_MARK.search(words))
    if "made by a human" in signals and "represents" in signals and reading.subject != "provider" and not unmasks:
        found.add("misrepresent-human")
    told = reading.banned or reading.words.has("must") or reading.lead.has("must")
    told = told and not unmasks and reading.subject != "provider"
    if told and {"made by a machine", "represents"} <= signals:
        found.add("misrepresent-human")
    if "helps others" in signals and bound and not _OWN_AFFAIR.search(reading.unit.plain):
        found.add("third-party-conduct")
    return found


def _grants(reading: Reading) -> set[Category]:
    """Ownership of outputs, non-commercial limits, thresholds of scale."""
    signals, words = reading.signals, reading.unit.plain
    found: set[Category] = set()
    if signals & {"output is owned", "output is assigned", "no claim to output"} and not reading.defines:
        found.add("output-ownership")
    if "provider owns output" in signals and not reading.defines and "user content" not in signals:
        found.add("output-ownership")
    if {"owns content", "content includes output"} <= signals and not reading.defines:
        found.add("output-ownership")
    if (
        "non-commercial" in signals
        and reading.subject != "provider"
        and not reading.defines
        and (
            _LIMITING.search(words + " " + reading.unit.lead[-200:])
            and not _OTHER_PURPOSE.search(re.split(r",? (?:including|except)\b", words)[0])
            and not _CONDITIONAL.match(words)
            and not _EITHER_WAY.search(words)
        )
    ):
        found.add("non-commercial")
    if "scale" in signals and "number" in signals and "remedies" not in signals:
        found.add("scale-threshold")
    return found


def _licence(reading: Reading) -> set[Category]:
    """Duties of those who pass a model on."""
    signals, words = reading.signals, reading.unit.plain
    found: set[Category] = set()
    duty = (
        bool(_MUST.search(words))
        or reading.words.has("must")
        or reading.lead.has("must")
        or reading.lead.has("distribute")
    )
    if "copy of agreement" in signals and duty and reading.subject != "provider":
        found.add("flow-down")
    passes = "passes restrictions" in signals and reading.subject != "provider" and not _DATA_PROTECTION.search(words)
    if passes and duty and _RECIPIENT.search(words):
        found.add("flow-down")
    if "provider terms" in signals and reading.banned:
        found.add("flow-down")
    if "follows provider terms" in signals and reading.subject != "provider" and (duty or reading.banned):
        found.add("flow-down")
    shown = signals & {"notice", "name prefix", "shows a name"}
    if shown and not reading.defines and "made by a machine" not in signals and not _OWN_NOTICE.search(words):
        found.add("naming-attribution")
    asked = _ASKS.search(words) or duty or (reading.banned and re.search(r"\bwithout\b", words))
    if "attributes" in signals and "output" in signals and asked:
        found.add("naming-attribution")
    return found

"""Mentions in prose that say which model made a text: weak evidence, and only where the words speak of making."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MODEL = (
    r"(?:ChatGPT(?:[- ]?[\d.]+)?|(?:OpenAI(?:'s)? )?(?i:gpt)[- ]?[345](?:\.\d)?(?:o)?(?:[- ](?:[Tt]urbo|mini|"
    r"nano|[Vv]ision|\d{4}(?:-\d\d-\d\d)?)){0,6}|"
    r"text-davinci-00\d|code-davinci-00\d|InstructGPT|o[134](?:-(?:mini|preview|pro))?|"
    r"Claude(?:[- ](?:\d(?:\.\d)?|[Oo]pus|[Ss]onnet|[Hh]aiku|[Ii]nstant)){0,6}|"
    r"Gemini(?:[- ](?:\d(?:\.\d)?|[Pp]ro|[Ff]lash|[Uu]ltra)){0,6}|PaLM[- ]?2?|Bard|(?i:deepseek)[- ](?i:R1|"
    r"V[23](?:\.\d)?)(?:[- ]\w+)?|Grok[- ]?\d|"
    r"(?:[\w-]{1,40}/)?(?:Meta-)?Llama[- ]?\d(?:\.\d)?(?:[- ]\d+B)?(?:[- ](?:Instruct|Chat|chat))?|"
    r"(?:[\w-]{1,40}/)?Qwen[- ]?\d?(?:\.\d)?(?:[- ]\d+B)?(?:[- ](?:Instruct|Chat))?|QwQ(?:-32B)?|"
    r"(?:[\w-]{1,40}/)?Mi[sx]tral(?:[- ](?:Large|Small|Medium|Nemo|\d+x\d+B|\d+B))*(?:-Instruct(?:-v\d\.\d)?)?|"
    r"(?:[\w-]{1,40}/)?(?:Gemma|Phi|GLM|Yi|OLMo)[- ]?\d(?:\.\d)?(?:[- ][EA]?\d+(?:\.\d)?B){0,2}"
    r"(?:[- ](?:[Ii][Tt]|Instruct|Chat|mini|small|medium|Air))?|(?:openai/)?gpt-oss-\d+b|"
    r"Command[- ]R\+?|Nemotron-4(?:-340B)?|Kimi[- ]K\d)"
)
_MADE = (
    r"(?:generated|created|synthesi[sz]ed|produced|written|answered|distilled|annotated|labell?ed|rewritten|"
    r"translated|augmented|sampled|collected|"
    r"obtained|evolved|built|curated|completed|constructed|scored|rated|ranked|judged)"
)
_JUDGED = re.compile(r"\b(?:annotat|label|scor|rate|rank|judg)", re.IGNORECASE)
_AFTER = re.compile(
    rf"\b({_MADE})(?: (?!by|with|using|from|via|through)[\w-]+){{0,5}} (?:by|with|using|from|via|"
    rf"through)(?: (?:the|an?|both|prompting|OpenAI(?:'s)?|Google(?:'s)?|Anthropic(?:'s)?|"
    rf"Meta(?:'s)?|Microsoft(?:'s)?|model|API|Azure|outputs?|responses?|of|from|by|calls?|to|teacher|"
    rf"LLM)){{0,4}} ?[`*\[\"]{{0,4}}({_MODEL})\b"
)
_PATTERNS = (
    re.compile(
        rf"\b()({_MODEL})[- ](?:generated|written|distilled|synthesi[sz]ed|annotated|labell?ed|"
        rf"based synthetic|outputs?\b|responses\b|completions\b|answers\b|traces\b|conversations\b)"
    ),
    re.compile(
        rf"\b()(?:conversations?|chats?|dialogues?|interactions?)(?: (?!with|between)[\w-]+){{0,3}} (?:with|"
        rf"between (?:human )?users and) ({_MODEL})\b"
    ),
    re.compile(
        rf"\b()(?:outputs?|responses?|completions?|answers?|generations?|demonstrations?|reasoning traces|"
        rf"distillation) (?:of|from|by|using|with) (?:the )?[`*\[\"]{{0,4}}({_MODEL})\b"
    ),
    re.compile(
        rf"\b()(?:used?|using|prompted|prompting|queried|asked|leverag(?:ed|"
        rf"ing)) (?:the )?(?:OpenAI(?:'s)? )?[`*\[\"]{{0,4}}({_MODEL})[`*\]\"]{{0,4}}(?: model| API)? to (?:generate|"
        rf"create|produce|write|answer|"
        r"annotate|label|rewrite|translate|synthesi[sz]e|score|rate|rank|judge)"
    ),
    re.compile(rf"\b()[Tt]eacher(?: model)?(?: is|:| was|,| \() ?[`*\[\"]{{0,4}}({_MODEL})\b"),
)
_NOT = re.compile(
    r"\b(?:compar\w+|outperform\w*|surpass\w*|beat\w*|versus|vs\.?|baseline|better than|worse than|"
    r"leaderboard|benchmark\w*|evaluat\w+|similar to|not|"
    r"unlike|instead of|without)\b[^.\n]{0,60}$",
    re.IGNORECASE,
)


def mentions(text: str) -> Iterator[tuple[str, bool, int]]:
    """Each model that prose says made or judged something, as (name, judged, offset), once a name and part."""
    seen: set[tuple[str, bool]] = set()
    for pattern in (_AFTER, *_PATTERNS):
        for match in pattern.finditer(text):
            if _NOT.search(text[max(0, match.start() - 100) : match.start()]):
                continue
            name = match.group(2).strip(" .-")
            judged = bool(_JUDGED.search(match.group(0).replace(match.group(2), " ")))
            if (name, judged) not in seen:
                seen.add((name, judged))
                yield name, judged, match.start(2)

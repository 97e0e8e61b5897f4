"""Cards of the hub and the files beside a data set: front matter, dataset_infos, registries of trainers, Croissant."""

from __future__ import annotations

import re
from typing import Any

from compliance.evidence.claims import OFFERED, ClaimRole
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import Shape, dig, strings, text_at, walk
from compliance.evidence.readers.limits import PROSE
from compliance.evidence.readers.prose import mentions
from compliance.evidence.readers.words import word_set

CARD = "\0card"  # the key under which a card's prose stands beside its front matter
_DATASET_KEYS = word_set(
    """
    source_datasets language_creators annotations_creators dataset_info size_categories task_ids multilinguality
    configs pretty_name dataset_size
    """
)
_MODEL_KEYS = word_set(
    """
    base_model library_name pipeline_tag model-index inference model_name model_type widget
    """
)
_LICENCE_KEYS = ("license", "license_name", "licence", "licenses", "licences")
# What the trainers' own template of a card says of the run.
_TRAINED = re.compile(
    r"\bis\sa\sfine-?tuned\sversion\sof\s\[?([^\s\]()]{2,200})\]?(?:\([^)\s]{0,300}\))?"
    r"(?:\son\s(?:the\s|an?\s)?(?:\[([\w./-]{2,150})\]\([^)\s]{0,300}\)|([\w./,-]{2,300}))"
    r"(?:,[^.\n]{0,300}?)?\sdatasets?\b)?"
)
_NO_SET = word_set("none unknown generator json csv text parquet dataset custom private local given following same")
_INFO = word_set(
    """
    description citation homepage license features splits download_checksums builder_name config_name dataset_size
    download_size version supervised_keys task_templates post_processed
    """
)
_OWN = 20  # a registry of at most so many data sets is a project's own; a longer one came with a tool
_ENTRY = word_set("hf_hub_url ms_hub_url om_hub_url script_url file_name cloud_file_name")


class HubCards:
    """Model cards and data cards: YAML front matter, and what the prose says of making."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if CARD not in value:
            return None
        keys = value.keys()
        if (
            "base_model" in keys
            or "model-index" in keys
            or ("library_name" in keys and not keys & {"dataset_info", "source_datasets"})
        ):
            return "hf_model_card"
        if keys & _DATASET_KEYS and "datasets" not in keys:
            return "hf_dataset_card"
        if keys & _MODEL_KEYS or "datasets" in keys:
            return "hf_model_card"
        prose = value[CARD][:5_000].lower()
        if "license" in keys or "tags" in keys or "task_categories" in keys:
            return (
                "hf_dataset_card"
                if "task_categories" in keys or prose.count("dataset") > prose.count("model")
                else "hf_model_card"
            )
        if "dataset card" in prose:
            return "hf_dataset_card"
        return "hf_model_card" if "model card" in prose or "model details" in prose else "markdown"

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        for key in _LICENCE_KEYS:
            if value.get(key) not in ("other", None):
                out.licence(value.get(key), field=key)
            elif value.get(key) == "other" and not value.get("license_name"):
                out.licence("other", field=key, note="the card's text or link holds the licence")
        if label != "markdown" and not any(value.get(k) for k in _LICENCE_KEYS):
            out.unknown("licence")
        _base(value.get("base_model"), out, "base_model")
        if label == "hf_model_card":
            _trained(value, out)
        for at, name in enumerate(strings(value.get("datasets"))):
            out.dataset(name, field=f"datasets[{at}]")
        for at, name in enumerate(strings(value.get("train_datasets"))):
            out.dataset(name, field=f"train_datasets[{at}]")
        for at, name in enumerate(strings(value.get("source_datasets"))):
            plain = name.rpartition("|")[2]
            if plain not in ("original", "extended", "unknown", "none"):
                out.dataset(plain, field=f"source_datasets[{at}]")
        for at, result in enumerate(_results(value.get("model-index"))):
            name = text_at(result, "dataset", "type") or text_at(result, "dataset", "name")
            out.dataset(name, field=f"model-index.results[{at}].dataset", role="evaluation")
        if label == "hf_dataset_card" and "machine-generated" in strings(value.get("language_creators")):
            out.unknown("model", "the card says machine-generated")
        prose(value[CARD], out, "text")


def _trained(value: dict[str, Any], out: Collector) -> None:
    """State the base and the data that the sentence of a trainer's template names, where the front matter is silent."""
    text = value[CARD]
    match = _TRAINED.search(text[:20_000])
    if match is None:
        return
    line = out.line_of(f"text@{match.start(1)}") if out.line_of else None
    if not value.get("base_model"):
        out.base_model(match.group(1).strip("*`"), field="text", line=line, note="as the trainer's own text says")
    if not value.get("datasets"):
        for name in (match.group(2) or match.group(3) or "").split(","):
            if name.strip().lower() not in _NO_SET:
                out.dataset(name, field="text", line=line, note="as the trainer's own text says")


def prose(text: str, out: Collector, field: str) -> None:
    """State the models that prose says made or judged something."""
    if len(text) > PROSE:
        out.warn("sampled", f"looked for mentions in the first {PROSE} of {len(text)} characters")
    for name, judged, offset in mentions(text[:PROSE]):
        line = out.line_of(f"{field}@{offset}") if out.line_of else None
        out.model(
            name,
            field=field,
            role="preference" if judged else "targets",
            strength="weak",
            line=line,
            note="mentioned in prose",
        )


def _base(value: Any, out: Collector, field: str) -> None:
    if isinstance(value, dict):
        value = value.get("id") or value.get("name")
    for at, name in enumerate(strings(value)):
        out.base_model(name, field=f"{field}[{at}]" if isinstance(value, list) else field)


def _results(value: Any) -> list[Any]:
    rows = (
        [r for entry in value if isinstance(entry, dict) for r in entry.get("results") or []]
        if isinstance(value, list)
        else []
    )
    return rows[:1_000]


class DatasetInfos:
    """`dataset_infos.json` and `dataset_info.json` of the datasets library."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        if "features" in value and ("splits" in value or "builder_name" in value or "dataset_size" in value):
            return "dataset_info_json"
        infos = [v for v in value.values() if isinstance(v, dict)]
        if infos and len(infos) == len(value) and all(_is_info(v) for v in infos):
            return "dataset_infos_json"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        infos = {"": value} if label == "dataset_info_json" else value
        named = {_set_of(info) for info in infos.values()}
        for name, info in infos.items():
            path = f"{name}." if name else ""
            own = name if name != "default" else ""
            if not own or (len(infos) > 1 and len(named) == 1):  # configurations of one set, which they all name
                own = _set_of(info) or own or text_at(info, "builder_name")
            if own not in ("", "default", "json", "parquet", "csv", "text", "arrow", "generator"):
                out.dataset(own, field=path.rstrip(".") or "dataset_name", role="subject", strength="strong")
            out.licence(info.get("license"), field=f"{path}license")
            if not info.get("license"):
                out.unknown("licence")
            prose(text_at(info, "description"), out, f"{path}description")


def _set_of(info: dict[str, Any]) -> str:
    """The set that a configuration says it belongs to, itself or by its splits."""
    splits = info.get("splits")
    held = [text_at(s, "dataset_name") for s in (splits.values() if isinstance(splits, dict) else [])]
    return next((n for n in (text_at(info, "dataset_name"), *held) if n), "")


def _is_info(value: dict[str, Any]) -> bool:
    """Whether a mapping describes one configuration of a data set."""
    keys = value.keys()
    if "features" in keys and ("splits" in keys or "citation" in keys):
        return True
    return len(keys & _INFO) >= 3 and bool(keys & {"citation", "features", "splits"}) and len(keys - _INFO) <= 4


class Registries:
    """Lists of data sets on offer, as trainers keep them: what a run uses is not said here.

    A short list is a project's own, and its sets are named without a part in a run; a long one is a catalogue.
    """

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        entries = [v for v in value.values() if isinstance(v, dict)]
        if not entries or len(entries) < len(value):
            return None
        if sum(bool(e.keys() & _ENTRY) for e in entries) * 2 > len(entries):
            return "llamafactory_dataset_info"
        if all("path" in e and e.keys() & {"source", "converter", "split", "size", "weight"} for e in entries):
            return "llamafactory_v1_dataset"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        registry = label == "llamafactory_dataset_info"
        for key, entry in value.items():
            if not registry:
                out.dataset(entry.get("path"), field=f"{key}.path")
                continue
            for field in ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "file_name"):
                if isinstance(entry.get(field), str):
                    role: ClaimRole = "catalogue" if len(value) > _OWN else ""
                    out.dataset(entry[field], field=f"{key}.{field}", role=role, note=f"{OFFERED}{key}")
                    break
        if registry:
            out.warn("registry", f"{len(value)} data sets are on offer here; a run's own config says which are used")


class Croissant:
    """Croissant and other schema.org descriptions of data sets, with their provenance vocabulary."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        kinds = [str(k).rpartition(":")[2].rpartition("/")[2] for k in strings(value.get("@type"))]
        if "Dataset" in kinds and ("@context" in value or "conformsTo" in value or "distribution" in value):
            return "croissant_json"
        return None

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        out.dataset(value.get("name"), field="name", role="subject")
        url = text_at(value, "url")
        if re.match(r"https?://(?:www\.)?(?:huggingface\.co/datasets|hf\.co/datasets|kaggle\.com|openml\.org)/", url):
            out.dataset(url, field="url", role="subject")
        out.licence(value.get("license"), field="license")
        if not value.get("license"):
            out.unknown("licence")
        for key in ("datePublished", "dateCreated", "dateModified"):
            out.date(value.get(key), field=key, strength="medium")
        for path, key, item in walk({k: v for k, v in value.items() if k not in ("@context", "recordSet")}):
            word = key.rpartition(":")[2]
            if word in ("wasDerivedFrom", "isBasedOn", "derivedFrom"):
                _derived(item, out, path)
            elif word in ("startedAtTime", "endedAtTime", "generatedAtTime"):
                out.date(item, field=path, strength="medium")
            elif word in ("machineAnnotationTools", "annotationTool", "machineGenerated"):
                for name in strings(item):
                    out.model(name, field=path, role="preference", strength="medium")
            elif isinstance(item, dict) and str(item.get("@type", "")).endswith("SoftwareAgent"):
                name = text_at(item, "name")
                if out.corpus.family(name) is not None and "oderation" not in name:
                    out.model(
                        name, field=f"{path}.name", strength="medium", note="a software agent: its part is not said"
                    )
        for at, word in enumerate(strings(value.get("keywords"))):
            if re.search(r"\d|GPT", word) and ":" not in word and out.corpus.family(word) is not None:
                out.model(word, field=f"keywords[{at}]", strength="weak", note="a keyword")
        for key in ("description", "rai:dataCollection", "rai:dataAnnotationProtocol", "rai:dataPreprocessingProtocol"):
            for text in strings(value.get(key)):
                prose(text, out, key)


def _derived(item: Any, out: Collector, path: str) -> None:
    for entry in item if isinstance(item, list) else [item]:
        if isinstance(entry, str):
            out.dataset(entry, field=path)
        elif isinstance(entry, dict):
            place = next(
                (k for k in ("prov:atLocation", "atLocation", "url", "name", "prov:label", "@id") if text_at(entry, k)),
                "",
            )
            out.dataset(dig(entry, place) if place else None, field=f"{path}.{place}")

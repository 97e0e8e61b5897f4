"""How fast records are embedded, kept and found, and what the fast model costs in quality.

    python benchmarks/embed.py [--quick] [--only embed,repeats,fast,quality,queries] [--device cpu]

embed    unique texts, against sentence-transformers' own `encode` of the same list on the same device with the best of
         several batch sizes: embedding alone, and from the file into the store
repeats  a log of which 7 in 10 rows are repeats, against LangChain's `Chroma.from_texts` with its own embeddings of the
         same model (when langchain-chroma and langchain-huggingface are installed)
fast     short rows by the static model, from the file into the store
quality  both models beside each other: sections of the project's own pages found by their headings, texts found by
         copies of which words were dropped, and how far the two agree
queries  a store of many records with made vectors: milliseconds of a query under a filter, and how many of the ten
         nearest it finds

Every figure is printed as it was measured, beside what it was measured with. Texts are made here.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fingerprint import answer

from compliance.recordstore.catalogue import Batch, Record
from compliance.recordstore.copies import normalised
from compliance.recordstore.filling import fill
from compliance.recordstore.models import FULL, STATIC, Model, open_model
from compliance.recordstore.reading import Reading
from compliance.recordstore.search import Filters, Searcher
from compliance.recordstore.store import writing
from compliance.recordstore.vectors import best

ROOT = Path(__file__).resolve().parents[1]
BATCHES = (8, 16, 32, 64, 128)
FULL_SIZE = {"embed": 1_500, "repeats": 6_000, "fast": 1_000_000, "near": 3_000, "queries": 500_000}
QUICK_SIZE = {"embed": 400, "repeats": 600, "fast": 10_000, "near": 300, "queries": 20_000}


def made(rng: random.Random, sentences: int) -> str:
    """A text that nearly copies no other."""
    return normalised(f"{answer(rng, sentences)} {rng.getrandbits(40):x}")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that something took, and what it gave."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def write(path: Path, texts: Iterator[str]) -> Path:
    """Rows of one text each."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps({"output": text}) + "\n" for text in texts)
    return path


def index(folder: Path, file: Path, model: Model, kind: str = "") -> tuple[int, int]:
    """A file into a store: how many texts were new, and how many vectors were made."""
    with writing(folder) as store:
        read = Reading(store).file(file)
        store.mend(kind)
        store.adopt(model, kind)
        return read.new, fill(store, model)


def embed(folder: Path, sizes: dict[str, int], device: str) -> None:
    """Unique texts against `encode`."""
    rng = random.Random(1)
    texts = [made(rng, 1 + n % 4) for n in range(sizes["embed"])]
    model = open_model(FULL, folder, (device,) if device else ())
    print(f"embed: {len(texts):,} unique texts of {np.mean([len(t) for t in texts]):.0f} characters, {told(model)}")
    raw = {}
    raw_encode(model, texts[:256], 32)
    for batch in BATCHES if not str(model.encoder.device).startswith("cuda") else (128, 256, 512, 1024):
        some = texts[: max(256, len(texts) // 4)]
        seconds, _ = timed(lambda: raw_encode(model, some, batch))  # noqa: B023
        raw[batch] = len(some) / seconds
    top = max(raw, key=lambda b: raw[b])
    print("  encode by batch size: " + ", ".join(f"{b}: {r:,.0f}/s" for b, r in raw.items()))
    rates: dict[str, list[float]] = {"raw": [], "ours": [], "into chroma": [], "into arrays": []}
    file = write(folder / "unique.jsonl", iter(texts))
    for turn in range(5):
        for name in rates:
            if name == "raw":
                seconds, _ = timed(lambda: raw_encode(model, texts, top))
            elif name == "ours":
                seconds, _ = timed(lambda: [model.embed(texts[a : a + model.window])
                                            for a in range(0, len(texts), model.window)])  # fmt: skip
            else:
                kind = name.removeprefix("into ")
                seconds, counts = timed(lambda: index(folder / f"{kind}-{turn}", file, model, kind))  # noqa: B023
                assert counts[1] > 0.99 * len(texts), counts
            rates[name].append(len(texts) / seconds)
    for name, found in rates.items():
        rate = float(np.median(found))
        share = float(np.median([f / r for f, r in zip(found, rates["raw"], strict=True)]))
        every = ", ".join(f"{f:,.0f}" for f in found)
        print(f"  {name:<12} {rate:9,.0f} texts/s  {share:6.1%} of raw   (all: {every})")


def raw_encode(model: Model, texts: list[str], batch: int) -> Any:
    """The library's own call on the whole list."""
    return model.encoder.encode(texts, batch_size=batch, normalize_embeddings=True, show_progress_bar=False)


def told(model: Model) -> str:
    """The model, its number format and its device."""
    kind = next(model.encoder.parameters()).dtype
    return f"{model.name}, {str(kind).removeprefix('torch.')} on {model.encoder.device}"


def repeats(folder: Path, sizes: dict[str, int], device: str) -> None:
    """A log of repeats against the naive way."""
    rng = random.Random(2)
    unique = [made(rng, 1 + n % 4) for n in range(sizes["repeats"] * 3 // 10)]
    texts = unique + rng.choices(unique, k=sizes["repeats"] - len(unique))
    rng.shuffle(texts)
    model = open_model(FULL, folder, (device,) if device else ())
    model.embed(texts[:64])
    print(f"repeats: {len(texts):,} rows, {len(unique):,} different, {told(model)}")
    file = write(folder / "repeats.jsonl", iter(texts))
    seconds, _ = timed(lambda: index(folder / "repeats", file, model, "chroma"))
    print(f"  ours         {len(texts) / seconds:9,.0f} rows/s")
    if not all(importlib.util.find_spec(n) for n in ("langchain_chroma", "langchain_huggingface")):
        print("  not compared: langchain-chroma and langchain-huggingface are not installed")
        return
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    from compliance.index.embedder import _checked_folder

    naive = HuggingFaceEmbeddings(model_name=str(_checked_folder()), model_kwargs={"device": device or "cpu"})
    naive.embed_documents(texts[:64])
    other, _ = timed(lambda: Chroma.from_texts(texts, naive, persist_directory=str(folder / "naive")))
    print(f"  LangChain    {len(texts) / other:9,.0f} rows/s; ours {other / seconds:.1f} x")


def fast(folder: Path, sizes: dict[str, int], _: str) -> None:
    """Short rows by the static model, end to end."""
    seconds, model = timed(lambda: open_model(STATIC, folder))
    print(f"fast: {sizes['fast']:,} short rows, {told(model)} (ready after {seconds:.0f} s)")
    rng = random.Random(3)
    file = write(folder / "short.jsonl", (made(rng, 1) for _ in range(sizes["fast"])))
    size = file.stat().st_size / sizes["fast"]

    def read() -> Any:
        with writing(folder / "fast") as store:
            return Reading(store).file(file)

    reading, found = timed(read)
    filling, _counts = timed(lambda: index(folder / "fast", file, model, "arrays"))
    memory = peak_memory()
    print(
        f"  rows of {size:.0f} bytes: {found.new:,} new texts, {found.near:,} near copies, {found.repeated:,} repeated"
    )
    print(f"  reading {found.rows / reading:9,.0f} rows/s, embedding and keeping {found.new / filling:9,.0f} texts/s")
    whole = reading + filling
    print(f"  end to end {found.rows / whole:,.0f} rows/s: {whole / 60:.1f} min, peak memory {memory:,.0f} MB")


def peak_memory() -> float:
    """Megabytes that this process held at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def quality(folder: Path, sizes: dict[str, int], device: str) -> None:
    """Both models on the same tasks."""
    rng = random.Random(4)
    models = [open_model(FULL, folder, (device,) if device else ()), open_model(STATIC, folder)]
    headings, sections = pages()
    texts = [made(rng, 2) for _ in range(sizes["near"])]
    asked = rng.sample(range(len(texts)), min(250, len(texts)))
    print(f"quality: {len(sections)} sections of our pages by {len(headings)} headings; {len(texts):,} texts by copies")
    print("  model    heading: first  in three   20% of words dropped  50%")
    held = {}
    for model in models:
        rows = model.embed(sections)
        ranks = (-(model.embed([h for h, _ in headings]) @ rows.T)).argsort(axis=1)
        first = np.mean([ranks[n, 0] == at for n, (_, at) in enumerate(headings)])
        three = np.mean([at in ranks[n, :3] for n, (_, at) in enumerate(headings)])
        held[model.name] = rows
        rows = model.embed(texts)
        share = []
        for dropped in (0.2, 0.5):
            noisy = [" ".join(w for w in texts[at].split() if rng.random() > dropped) for at in asked]
            share.append(np.mean((model.embed(noisy) @ rows.T).argmax(axis=1) == np.array(asked)))
        print(f"  {model.name:<8} {first:13.1%} {three:10.1%} {share[0]:22.1%} {share[1]:5.1%}")
    tops = [(-(held[m.name] @ held[m.name].T)).argsort(axis=1)[:, 1:11] for m in models]
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*tops, strict=True)])
    print(f"  of the ten sections that the full model finds nearest to one, the static one finds {shared:.0%}")


def pages() -> tuple[list[tuple[str, int]], list[str]]:
    """Sections of the project's own pages without their headings, and the headings with the section of each."""
    headings: list[tuple[str, int]] = []
    sections: list[str] = []
    for path in sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.md")]):
        for head, body in re.findall(r"(?m)^#+ (.+)\n+((?:(?!#).*\n?)+)", path.read_text(encoding="utf-8")):
            if len(body.split()) >= 15:
                headings.append((head, len(sections)))
                sections.append(normalised(body))
    times = Counter(head for head, _ in headings)
    return [(head, at) for head, at in headings if times[head] == 1 and len(head.split()) >= 2], sections


def queries(folder: Path, sizes: dict[str, int], _: str) -> None:
    """Queries under filters at many records."""
    count = sizes["queries"]
    model = open_model(FULL, folder)
    store_folder = folder / "many"
    makers = [("OpenAI", "gpt-4o"), ("OpenAI", "gpt-4o-mini"), ("Anthropic", "claude-3-opus"), ("", "")]
    build, _done = timed(lambda: synthetic(store_folder, count, model, makers))
    print(
        f"queries: {count:,} records, vectors of {model.dimensions} numbers in arrays, kept at {count / build:,.0f}/s"
    )
    size = sum(p.stat().st_size for p in store_folder.rglob("*") if p.is_file())
    print(f"  {size / 1e6:,.0f} MB on disk, of them vectors {2 * model.dimensions * count / 1e6:,.0f}")
    opened, searcher = timed(lambda: Searcher(store_folder, lambda: model))
    print(f"  opened in {opened * 1e3:.0f} ms")
    filters = {
        "no filter": Filters(),
        "a party (half)": Filters(teacher="OpenAI"),
        "a model (1 in 4)": Filters(teacher="claude-3"),
        "a file (1 in 100)": Filters(file="file-7.jsonl"),
        "party and file": Filters(teacher="OpenAI", file="file-1?.jsonl"),
        "two months": Filters(dated=dated()),
        "party and two months": Filters(teacher="OpenAI", dated=dated()),
    }
    rng = np.random.default_rng(9)
    vectors = searcher.store.vectors()
    print("  filter                  allowed   p50 ms  p95 ms   recall@10")
    for name, chosen in filters.items():
        times, right = [], []
        for number in rng.integers(0, count, 60):
            query = vectors.rows(np.array([number]))[0] + 0.4 * unit(rng, 1, model.dimensions)[0]
            query = (query / np.linalg.norm(query)).astype(np.float32)
            seconds, found = timed(lambda: searcher._find([query], 10, chosen, ()))  # noqa: B023
            times.append(seconds * 1e3)
            if len(right) < 15:
                right.append(recall(searcher, query, chosen, found))
        p50, p95 = np.percentile(times, [50, 95])
        print(f"  {name:<22} {found.allowed:8,} {p50:8.1f} {p95:7.1f}   {np.mean(right):9.1%}")
    seconds = float(np.median([timed(lambda: model.embed([f"what is said of number {n}"]))[0] for n in range(10)]))  # noqa: B023
    print(f"  and {seconds * 1e3:.1f} ms to embed a question ({told(model)})")
    searcher.close()


def dated() -> Any:
    """Two months."""
    from compliance.domain.days import span

    return span("2025-03/2025-04")


def recall(searcher: Searcher, query: Any, chosen: Filters, found: Any) -> float:
    """The share of the ten nearest allowed texts that were found."""
    among = searcher._texts(searcher._mask(chosen)[0], ())
    vectors = searcher.store.vectors()
    near = [
        best(vectors.rows(among[a : a + 50_000]), query, among[a : a + 50_000], 10)
        for a in range(0, len(among), 50_000)
    ]
    every = sorted(((s, n) for ns, ss in near for n, s in zip(ns.tolist(), ss.tolist(), strict=True)), reverse=True)[
        :10
    ]
    return len({hit.text for hit in found.hits} & {f"text {n}" for _, n in every}) / 10


def unit(rng: Any, count: int, dimensions: int) -> Any:
    """Rows of unit length in any direction."""
    rows = rng.standard_normal((count, dimensions)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def synthetic(folder: Path, count: int, model: Model, makers: list[tuple[str, str]]) -> None:
    """A store of records of a hundred files, four makers and two years, with vectors around two thousand topics."""
    rng = np.random.default_rng(8)
    topics = unit(rng, 2_000, model.dimensions)
    first_day = 739_252  # 2025-01-01
    with writing(folder) as store:
        store.adopt(model, "arrays")
        reading = store.catalogue
        held = [reading.begin(f"/data/file-{n}.jsonl", 1, 1) for n in range(100)]
        field = reading.number_of("fields", name="output")
        numbers = [reading.number_of("makers", party=p, model=m, strength="strong") for p, m in makers]
        for low in range(0, count, 20_000):
            many = min(20_000, count - low)
            draw = rng.integers(0, [100, len(makers), 730], (many, 3))
            records = [Record(int(f), low + n, field, low + n, numbers[m], first_day + int(d), 0)
                       for n, (f, m, d) in enumerate(draw)]  # fmt: skip
            batch = Batch([(low + n, f"text {low + n}") for n in range(many)], [], [], records)
            store.columns.add(records)
            reading.keep(held[0], batch)
            rows = topics[rng.integers(0, len(topics), many)] + 0.8 * unit(rng, many, model.dimensions)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            crc = store.vectors().add(low, rows)
            reading.keep_chunks([(low, many, crc)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small, to see that everything runs")
    parser.add_argument("--only", default="embed,repeats,fast,quality,queries", help="some of the parts")
    parser.add_argument("--rows", type=int, help="rows of the parts `fast` and `queries`")
    parser.add_argument("--device", default="", help="cuda, mps or cpu")
    options = parser.parse_args()
    sizes = dict(QUICK_SIZE if options.quick else FULL_SIZE)
    if options.rows:
        sizes.update(fast=options.rows, queries=options.rows)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {load:.1f}")
    parts: dict[str, Callable[[Path, dict[str, int], str], None]] = {
        "embed": embed, "repeats": repeats, "fast": fast, "quality": quality, "queries": queries
    }  # fmt: skip
    for name in options.only.split(","):
        folder = Path(tempfile.mkdtemp(prefix="embed-"))
        try:
            parts[name](folder, sizes, options.device)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""How fast packs are built and matched, how large they are, what they find again, and what they find wrongly.

    python benchmarks/fingerprint.py [--rows 50000] [--unrelated 1000000] [--peers] [--prose FOLDER]

Rows are made here, of English words in English frames, with the openings, closings and refusals that many sets share.
For each way of editing a copy: the share of its rows that are found again, and whether the set is found in a file of
which 1 in 100 rows is such a copy. Then rows that have nothing to do with the set are matched, and what is found is
counted. `--prose` does the same with the paragraphs of real texts: a half of the files is packed, the rows of the other
half are matched. `--peers` measures datasketch and rensa, when they are installed, on the same rows.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from compliance.fingerprint.build import Builder
from compliance.fingerprint.match import FileMatch, Matcher
from compliance.fingerprint.pack import open_pack
from compliance.fingerprint.parts import texts
from compliance.fingerprint.shingles import Shingler, words

Row = dict[str, Any]

STEMS = """
account act adapt add admire adopt advance agree air allow amber angle animal answer apple argue arrange arrive art
ask autumn balance band bank barn basin basket bean bear bell bend berry bird blanket blend boat body bone book border
bottle branch bread breeze brick bridge broad brook brush build bundle burn butter cabin cable calm camp candle canvas
card care carry cart carve castle catch cave cell chain chair chalk charm chart chase cheese chest child choice circle
city claim clay clean clear climb cloak clock cloth cloud coal coast coat code coin collar color comb common compass
copper copy coral corn corner cost cotton count court cover craft crane cream creek crop cross crowd crown crystal cup
curtain curve custom cut cycle damp dance dark dawn debate deck deep deer degree design desk dial diet dish distance
dock door draft dream dress drift drink drum dry duck dust duty early earth echo edge effort egg elder elm empty
engine enter equal event exact fabric face fair falcon fall farm fast favor feather fence fern ferry fever field
figure film find fine fire fish flame flat flint float floor flour flow flower flute fog fold folk forest forge form
fort fountain fox frame free fresh frost fruit fuel garden garment gate gather gentle giant gift glass globe glove
goat gold grain grand grape grass gravel great green grid ground group grove guard guess guest guide guitar gulf habit
hall hammer hand harbor hard harvest hat hawk hay hazel head heart heat heavy hedge herb herd hill hint history hold
hollow honest honey hook hope horizon horse host house human humble hunt ice idea image inch ink inn iron island ivory
jacket jar jewel join journey joy judge juice jump junction kettle key kind king kitchen kite knee knife knot ladder
lake lamp land lane lantern large last laugh law layer lead leaf learn leather ledge lemon lens letter level library
light lily limb lime line linen lion list little lock log long loom loose lumber lunar machine map maple marble march
mark market marsh mast match meadow measure meet melody merchant metal method mild mill mind mine mint mirror mist
mixture model modest moment moon morning moss motion motor mountain mouse move music narrow nation needle nest net
noble north note number oak oar ocean office oil olive open orange orchard order organ otter oven owl owner page paint
palace palm paper parade parcel park part path pattern peach pearl pebble pen pepper petal piano pier pine pipe pitch
place plain plan planet plant plate plough plum pocket poem point pole pond pony port post pot powder prairie price
print prize proof proud public pump purple quarry quarter queen quick quiet quill rabbit rail rain range rare raven
ready reason record reed region rhythm ribbon rice ridge ring ripe rise river road robin rock roof room root rope rose
rough round row royal rule rural rust saddle sail salt sand scale scarf school scout screen season seat second seed
sense serve shade shadow shape share sharp shed sheep sheet shelf shell shelter shine ship shirt shore short shoulder
shrub side signal silent silk silver simple single sketch skill skin sky slate sleep slope slow smoke smooth snow soap
soft soil solid song sound source south space spare spark spice spin spirit spoon spring square stable staff stage
stair stamp star station steam steel stem stone store storm story stove strand straw stream street strong study sugar
summer sun surface swan sweet swift symbol table tailor tale tall tax tea team temple tent thread throne thunder tide
tiger tile timber tin title token tool torch tower town track trade trail train tree trip trout true tunnel turn twig
union urban valley vapor vast veil velvet vessel view village vine violet visit voice volume voyage wagon walk wall
walnut warm wash watch water wave wax weather weave wedge week weight west whale wheat wheel white wide wild willow
wind window wing winter wise wolf wonder wood wool word work yard yarn year young zinc
"""
WORDS = [s + e for e in ("", "s", "ed", "er", "ing", "y", "ly", "ful") for s in STEMS.split()]
WEIGHTS = list(itertools.accumulate(1 / (n + 12) for n in range(len(WORDS))))
random.Random(3).shuffle(WORDS)
FRAMES = """
the _ of the _ is one of the most _ things that a _ can _ | it is _ that _ and _ should be seen as _ | when the _ is _
, the _ will often _ the _ | there are many _ ways to _ a _ , for example by _ the _ | a _ _ can be used to _ the _ _
| the first step is to _ the _ and then to _ it with _ | in the _ of _ , people have _ and _ for a long time | for
this reason , _ _ are not the same as _ _ | as a result of the _ , most of the _ was _ | he had _ the _ before the _
could _ | she said that her _ was _ , but that the _ had to _ | this means that you can _ your _ without _ any _ | on
the other hand , _ may _ and cause the _ to _ | at the end of the _ , the _ _ stood _ the _ | if you want to _ , try _
a _ or two _ every day | _ , _ and _ are some of the _ that make a _ _ | one of the reasons is that _ do not _ as much
as _ | to find the _ , divide the _ by the _ of _ and add _ | the _ between _ and _ has been a matter of _ since _ |
not only does it _ the _ , it also _ the _ of a _
""".replace("\n", " ").split("|")
ASKS = """
Write a short story about a _ _ who has to _ the _ of the _ and learns about _. | Explain the difference between _ _
and _ _ in simple terms, as to a child who likes _. | What are some of the best ways to _ a _ _ without _ the _? |
Given the following text, answer the question below. What did the _ _ do? | Summarize the paragraph about _ and _ in
two sentences for a reader in the field of _ _. | Give three tips for _. | How do I _ a _? | Compare _ and _.
""".replace("\n", " ").split("|")
OPENINGS = ("Sure! Here is a short answer.", "Certainly! Here are some ideas:", "Of course, I can help.", "", "", "")
CLOSINGS = ("I hope this helps! Let me know if you have questions.", "Overall, it depends on many factors.", "", "")
REFUSALS = """
I'm sorry, but I can't assist with that request. | As an AI language model, I do not have personal opinions or beliefs.
However, I can provide information on the topic. It is important to approach it with an open mind and to respect the
views of others. | I'm sorry, but I cannot fulfill this request. As a responsible assistant I must follow ethical
guidelines, and it is not appropriate to provide content that may be harmful. If you have any other questions, feel free
to ask. | I apologize, but I need more information about what you would like me to do. Could you please provide more
context or clarify your question? I am here to help, and I will do my best to give you an accurate answer.
""".replace("\n", " ").split("|")


def _fill(rng: random.Random, frame: str) -> str:
    pieces = frame.strip().split("_")
    picked = rng.choices(WORDS, cum_weights=WEIGHTS, k=len(pieces) - 1)
    return "".join(itertools.chain.from_iterable(zip(pieces, [*picked, ""], strict=True)))


def answer(rng: random.Random, sentences: int) -> str:
    """An answer of some sentences, with the openings and closings of the trade."""
    body = " ".join(_fill(rng, rng.choice(FRAMES)).replace(" ,", ",").capitalize() + "." for _ in range(sentences))
    return " ".join(x for x in (rng.choice(OPENINGS), body, rng.choice(CLOSINGS)) if x)


def row(rng: random.Random) -> Row:
    """A row of an instruction set; one in 20 is a refusal that other sets have too."""
    asked = _fill(rng, rng.choice(ASKS))
    if rng.random() < 0.05:
        return {"instruction": asked, "output": rng.choice(REFUSALS)}
    return {"instruction": asked, "output": answer(rng, min(30, 2 + int(rng.expovariate(0.15))))}


def _changed(rng: random.Random, text: str, one_in: int = 20) -> str:
    return " ".join(rng.choice(WORDS) if rng.random() * one_in < 1 else w for w in text.split(" "))


def _chat(asked: str, answered: str) -> Row:
    turns = [("user", asked), ("assistant", answered)]
    return {"text": "".join(f"<|im_start|>{who}\n{text}<|im_end|>\n" for who, text in turns)}


def _halved(text: str) -> str:
    return text[: len(text) // 2]


def _everything(rng: random.Random, r: Row) -> Row:
    asked, answered = (_changed(rng, r[k]).upper() for k in ("instruction", "output"))
    return {"text": f"### Instruction:\n{asked}\n\n### Response:\n{answered}\n{answer(rng, 2)}"}


EDITS: dict[str, Callable[[random.Random, Row], Row]] = {
    "renamed fields": lambda rng, r: {"messages": [{"role": "user", "content": r["instruction"]},
                                                   {"role": "assistant", "content": r["output"]}]},
    "white space and case": lambda rng, r: {k: "  ".join(v.upper().split(" ")) + "\n" for k, v in r.items()},
    "a word in 20 changed": lambda rng, r: {k: _changed(rng, v) for k, v in r.items()},
    "a word in 10 changed": lambda rng, r: {k: _changed(rng, v, 10) for k, v in r.items()},
    "text before and behind": lambda rng, r: {"q": r["instruction"],
                                              "a": answer(rng, 3) + r["output"] + answer(rng, 3)},
    "another chat template": lambda rng, r: _chat(r["instruction"], r["output"]),
    "answers cut in half": lambda rng, r: {"q": r["instruction"], "a": _halved(r["output"])},
    "answers only": lambda rng, r: {"text": r["output"]},
    "all at once": _everything,
}  # fmt: skip


def write(path: Path, rows: Iterator[Row]) -> None:
    """Rows as JSON Lines."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(r) + "\n" for r in rows)


def build(path: Path, pack: Path, name: str = "made-here") -> float:
    """Build a pack of a file; the seconds that it took."""
    start = time.perf_counter()
    with Builder(name, ["a-teacher"]) as builder:
        builder.add_file(path)
        builder.write(pack)
    return time.perf_counter() - start


def matched(found: FileMatch) -> int:
    """How many rows of a file were recognised."""
    return sum(f.rows for f in found.found)


def main() -> None:
    """Make the rows, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the packed set")
    parser.add_argument("--unrelated", type=int, default=1_000_000, help="rows that have nothing to do with it")
    parser.add_argument("--prose", type=Path, help="a folder of real texts")
    parser.add_argument("--peers", action="store_true", help="measure other libraries too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(options, Path(folder))


def run(options: argparse.Namespace, folder: Path) -> None:
    """All measurements, with files in a folder of their own."""
    rng = random.Random(11)
    rows = [row(rng) for _ in range(options.rows)]
    path, pack_path, other = folder / "set.jsonl", folder / "set.pack", folder / "other.jsonl"
    write(path, iter(rows))
    size = path.stat().st_size
    seconds = build(path, pack_path)
    pack = open_pack(pack_path)
    header = pack.header
    packed = header.packed / header.rows
    print(f"{header.rows:,} rows of {size / header.rows:.0f} bytes; {packed:.1%} can be recognised")
    print(f"build             {header.rows / seconds:9,.0f} rows/s")
    print(f"pack              {pack_path.stat().st_size / header.rows:9.0f} bytes a row")
    matcher = Matcher([pack])
    start = time.perf_counter()
    whole = matcher.file(path)
    print(f"match             {header.rows / (time.perf_counter() - start):9,.0f} rows/s, {matched(whole):,} found")

    print("\nedit                      rows found   set found in a file of 2,000 rows with 20 copies (times of 20)")
    for name, edit in EDITS.items():
        some = rng.sample(rows, min(5_000, len(rows)))
        write(other, (edit(rng, r) for r in some))
        share = matched(matcher.file(other)) / len(some)
        seen = strong = 0
        for _ in range(20):
            copies = [edit(rng, r) for r in rng.sample(rows, 20)]
            mixed = [*copies, *(row(rng) for _ in range(1_980))]
            rng.shuffle(mixed)
            write(other, iter(mixed))
            found = matcher.file(other).found
            seen += bool(found)
            strong += bool(found) and found[0].strength == "strong"
        print(f"{name:<26}{share:9.1%}   {seen:3} ({strong} strong)")

    strange = random.Random(12)
    start = time.perf_counter()
    write(other, (row(strange) for _ in range(options.unrelated)))
    made = time.perf_counter() - start
    start = time.perf_counter()
    result = matcher.file(other)
    seconds = time.perf_counter() - start
    wrong = matched(result)
    print(f"\nunrelated         {wrong} found in {result.rows:,} rows: {wrong / result.rows * 1e6:.1f} in a million")
    print(f"                  {result.rows / seconds:9,.0f} rows/s (making them took {made:.0f} s)")
    if options.prose is not None:
        prose(options.prose, folder)
    if options.peers:
        peers([f"{r['instruction']} {r['output']}" for r in rows[:20_000]])
        print("copies whose words have a Jaccard index of 0.5 with the row, the usual threshold of an index:")
        for name, edit in EDITS.items():
            print(f"{name:<26}{sum(_alike(r, edit(rng, r)) >= 0.5 for r in rows[:1_000]) / 1_000:9.1%}")


def _alike(one: Row, other: Row) -> float:
    """The Jaccard index of the five-word shingles of two rows."""
    first, second = (
        {tuple(w[n : n + 5]) for t in texts(r) for w in [words(t)] for n in range(len(w) - 4)} for r in (one, other)
    )
    return len(first & second) / max(1, len(first | second))


def prose(source: Path, folder: Path) -> None:
    """Paragraphs of real texts: those of every other folder packed, the others matched, none of them in both."""
    halves: list[dict[str, None]] = [{}, {}]
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".txt", ".md", ".rst", ".html"):
            side = sum(path.relative_to(source).parts[0].encode()) % 2
            for paragraph in re.split(r"\n\s*\n", path.read_text("utf-8", "replace")):
                if len(paragraph.split()) >= 30 and len(re.findall(r"[a-z]+", paragraph)) > len(paragraph) / 9:
                    halves[side][" ".join(paragraph.split())] = None
    common = halves[0].keys() & halves[1].keys()
    packed, strange = ([p for p in half if p not in common] for half in halves)
    write(folder / "prose.jsonl", ({"text": p} for p in packed))
    write(folder / "strange.jsonl", ({"text": p} for p in strange))
    build(folder / "prose.jsonl", folder / "prose.pack")
    result = Matcher([open_pack(folder / "prose.pack")]).file(folder / "strange.jsonl")
    print(f"prose             {len(packed):,} packed, {matched(result)} found in {result.rows:,} others")
    for found in result.found:
        for place in found.first:
            print(f"  {place.likeness}: {strange[place.row][:150]!r}\n     ~ {packed[place.packed_row][:150]!r}")


def peers(rows: list[str]) -> None:
    """What other libraries need for the sketches alone, of word shingles like ours, 128 permutations."""
    start = time.perf_counter()
    Shingler().hashes([words(t) for t in rows])
    print(f"\nours              {len(rows) / (time.perf_counter() - start):9,.0f} rows/s, every shingle hashed")
    shingled = [[b" ".join(w[i : i + 5]) for i in range(max(1, len(w) - 4))] for w in map(words, rows[:5_000])]
    try:
        from datasketch import MinHash

        start = time.perf_counter()
        for shingles in shingled:
            MinHash(num_perm=128).update_batch(shingles)
        print(f"datasketch        {len(shingled) / (time.perf_counter() - start):9,.0f} rows/s, shingles given")
    except ImportError:
        print("datasketch is not installed")
    try:
        from rensa import RMinHash

        start = time.perf_counter()
        for shingles in shingled:
            RMinHash(num_perm=128, seed=1).update([s.decode() for s in shingles])
        print(f"rensa             {len(shingled) / (time.perf_counter() - start):9,.0f} rows/s, shingles given")
    except ImportError:
        print("rensa is not installed")


if __name__ == "__main__":
    main()

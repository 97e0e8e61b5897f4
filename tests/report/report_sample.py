"""Decisions built by hand: one with every feature, one of any verdict, one of any size. All facts are invented."""

from __future__ import annotations

import msgspec

from compliance.decision.model import (
    Citation,
    Decision,
    Edge,
    Edit,
    Exposure,
    Finding,
    Flip,
    MissingFact,
    Node,
    Owed,
    Remedy,
    SourceAnswer,
    Step,
    Version,
)
from compliance.domain.evidence import Evidence

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HOSTILE = (
    "<script>alert(1)</script>",
    "| pipe | `tick` **bold** [x](javascript:alert(1))",
    "line one\nline two\r# heading",
    "\x1b[31mred\x1b[0m \x9b2J",
    "safe\u202etxt.exe\u2066\u200b",
    "</style><img src=x onerror=alert(1)> @everyone #1 http://evil.example www.evil.example",
)

CLAUSE = Citation(
    party="OpenAI",
    document="openai/business-terms",
    title="Business Terms",
    version="2025-05-31",
    in_force="2025-05-31/",
    section="3.3(e)",
    says="Customers may not use output to develop models that compete with the provider's products and services.",
    text_sha256=SHA,
    source="OpenTermsArchive/genai-versions OpenAI/Commercial Terms.md a1da2dc",
)
CARD = Citation(
    party="Meta",
    document="llama-3.1",
    title="Llama 3.1 Community License",
    version="2024-07-23",
    in_force="2024-07-23/",
    section="1.b.i",
    says="A model made with Llama materials carries 'Llama' at the start of its name and shows 'Built with Llama'.",
    seen="licence file",
    source="LICENSE of meta-llama/Llama-3.1-8B",
)
TEACHER = MissingFact(
    fact="generated_by.model of support chat logs",
    question="Which model wrote the assistant turns of the support chat logs?",
    ask="the team that ran the support desk, or the vendor's invoices",
    between=("allow", "block"),
    sources=("support chat logs",),
    rows=0,
)
PERMIT = MissingFact(
    fact="agreement with the maintainers of UltraFeedback",
    question="Did the people who made UltraFeedback hold an agreement that lets others train on it?",
    ask="the maintainers, by mail or on the data card",
    between=("allow", "review"),
    sources=("UltraFeedback (cleaned)",),
    rows=18_000,
)
CC = Owed(
    kind="attribution", text="Name the authors and link to the posts", on="distribution", clause="CC BY-SA 4.0, 3(a)"
)
BUILT = Owed(
    kind="naming", text="Start the model's name with 'Llama' and show 'Built with Llama'", on="distribution",
    clause="Llama 3.1 Community License, 1.b.i",
)  # fmt: skip


def _proof() -> Step:
    return Step(
        claim="gpt-4o answers may not train acme-7b",
        holds="holds",
        because="the outputs are OpenAI's, the terms that bound Acme AI forbid it, and no exception applies",
        steps=(
            Step(
                claim="a clause on outputs was in force when the outputs were made (May 2025)",
                holds="holds",
                because="both versions of that month hold it, so the day does not matter",
                clauses=(CLAUSE,),
            ),
            Step(
                claim="acme-7b competes with OpenAI",
                holds="holds",
                because="a general language model that is sold competes",
                steps=(
                    Step(claim="acme-7b is a general language model", holds="holds", because="stated in the manifest"),
                    Step(claim="commercial use is intended", holds="holds", because="stated in the manifest"),
                ),
            ),
            Step(
                claim="an exception applies",
                holds="fails",
                steps=(
                    Step(claim="a written permission covers the run", holds="fails", because="none is on file"),
                    Step(claim="OpenAI is an affiliate", holds="fails", because="not among the affiliates"),
                    Step(claim="the outputs came from a free preview with terms of its own", holds="unknown",
                         because="the manifest does not say; the verdict is the same either way"),
                ),
            ),
        ),
    )  # fmt: skip


def full(names: tuple[str, ...] = ()) -> Decision:
    """A run with sources of every verdict and every optional part; `names` are added as further sources."""
    gpt, para = "gpt-4o answers", "paraphrased answers"
    teacher_flip = Flip(
        change="the outputs came from open weights under the MIT licence", verdict="allow", rule="licence-permits"
    )
    sources = [
        SourceAnswer(
            source="hand-written dialogues", verdict="allow", rule="human-data", reason="Employees wrote them.",
            rows=4_000, share=0.0526, path=("hand-written dialogues",),
        ),
        SourceAnswer(
            source=gpt, verdict="block", rule="competing-output",
            reason="Acme AI made these answers through OpenAI's API in May 2025, under terms that forbid using output "
            "for competing models, and a general model that is sold competes.",
            clauses=(CLAUSE,),
            evidence=(
                Evidence(says="the model id in every record is gpt-4o-2024-11-20", file="data/sft/part-000.jsonl",
                         line=12, field="response.model", sha256=SHA),
                Evidence(says="gpt-4o is a model of OpenAI", record="models/openai.yaml#gpt-4o"),
            ),
            path=("OpenAI", "gpt-4o", "first-party API", gpt), rows=30_000, share=0.3947,
            flips=(
                teacher_flip, Flip(change="the purpose were evaluation", verdict="allow", rule="evaluation-allowed")
            ),
            proof="p1",
        ),
        SourceAnswer(
            source=para, verdict="block", rule="derived-from-restricted",
            reason="They carry the content of gpt-4o answers; a paraphrase by another model changes nothing.",
            clauses=(CLAUSE,), path=("OpenAI", "gpt-4o", gpt, "rewritten by Qwen2.5-72B", para),
            rows=12_000, share=0.1579, proof="p2",
        ),
        SourceAnswer(
            source="UltraFeedback (cleaned)", verdict="review", rule="privity-gap",
            reason="A third party made the outputs under terms that bind that party; the MIT label passes nothing on.",
            clauses=(CLAUSE,), path=("OpenAI", "gpt-4", "OpenBMB", "UltraFeedback", "UltraFeedback (cleaned)"),
            rows=18_000, share=0.2368, missing=(PERMIT,), proof="p3",
        ),
        SourceAnswer(
            source="support chat logs", verdict="review", rule="unknown-teacher",
            reason="Part of the turns were written by a model that nobody has named.", rows=None, share=None,
            missing=(TEACHER,), flips=(Flip(change="people wrote every turn", verdict="allow", rule="human-data"),),
        ),
        SourceAnswer(
            source="stack overflow answers", verdict="allow-with-obligations", rule="data-licence-duty",
            reason="CC BY-SA 4.0 permits training and asks for attribution.", rows=12_000, share=0.1579, duties=(CC,),
        ),
        SourceAnswer(
            source="base_model:meta-llama/Llama-3.1-8B", verdict="allow-with-obligations", rule="naming-duty",
            reason="The licence permits it and asks for the name.", clauses=(CARD,), duties=(BUILT,), proof="p4",
        ),
    ]  # fmt: skip
    sources += [
        SourceAnswer(
            source=name, verdict="review", rule="terms-unseen", reason=f"The terms behind {name} were not seen.",
            path=(name, name), rows=1, evidence=(Evidence(says=name, file=name, line=1, field=name),),
            missing=(MissingFact(fact=name, question=name, ask=name),), duties=(Owed(kind=name, text=name, on=name),),
            flips=(Flip(change=name, verdict="allow", rule="human-data"),), proof=f"hostile:{name}",
        )
        for name in names
    ]  # fmt: skip
    return Decision(
        id=f"sha256:{SHA}",
        verdict="block",
        run="support-assistant-v3",
        date="2025-06-15",
        trainer="Acme AI",
        trainee="acme-7b",
        sources=tuple(sources),
        findings=(
            Finding(
                kind="conflict",
                source="UltraFeedback (cleaned)",
                says="The manifest says MIT, the data card says CC BY-NC 4.0; the stricter reading was used.",
                evidence=(Evidence(says="license: cc-by-nc-4.0", file="data/uf/README.md", line=3, field="license"),),
            ),
            Finding(kind="presumption", source="gpt-4o answers", says="No role is stated: training targets."),
            Finding(kind="unknown-name", source="support chat logs", says="'helpdesk-xl' is in no record."),
            *(Finding(kind="note", source=n, says=n, evidence=(Evidence(says=n, file=n),)) for n in names),
        ),
        obligations=(CC, BUILT, *(Owed(kind=name, text=name, on=name, clause=name) for name in names)),
        missing_facts=(TEACHER, PERMIT, *(MissingFact(fact=n, question=n, ask=n, sources=(n,)) for n in names)),
        remediation=(
            Remedy(
                change="leave out gpt-4o answers and paraphrased answers, and settle the two open sources",
                kind="drop", verdict="allow-with-obligations", rows_removed=60_000, share_removed=0.7895,
                steps=("Remove data/sft/part-000.jsonl to part-011.jsonl", "Remove data/paraphrased/",
                       "Remove support chat logs and UltraFeedback (cleaned), or answer their questions"),
                edits=(Edit(at=("sources", "rows"), drop=True),),
            ),
            Remedy(change="make the answers again with a model whose licence permits it, such as DeepSeek-R1 (MIT)",
                   kind="replace-teacher", verdict="review", rows_removed=0),
            Remedy(change="get OpenAI's written permission for this run", kind="permission", verdict="review"),
            *(Remedy(change=n, kind="drop", verdict="block", steps=(n,), rows_removed=1) for n in names),
        ),
        exposure=(
            Exposure(verdict="allow", sources=1, rows=4_000, share=0.0526),
            Exposure(verdict="allow-with-obligations", sources=2, rows=12_000, share=0.1579),
            Exposure(verdict="review", sources=2, rows=18_000, share=0.2368),
            Exposure(verdict="block", sources=2, rows=42_000, share=0.5526),
        ),
        proofs={
            "p1": _proof(),
            "p2": Step(claim="paraphrased answers carry restricted outputs", holds="holds",
                       because="they were derived from gpt-4o answers", steps=(_proof(),)),
            "p3": Step(claim="the dataset licence passes the restriction on", holds="unknown",
                       because="the card and the licence file disagree"),
            "p4": Step(claim="a naming duty arises", holds="holds", clauses=(CARD,)),
            **{f"hostile:{n}": Step(claim=n, holds="unknown", because=n, steps=(Step(claim=n, holds="fails"),))
               for n in names},
        },
        nodes=(
            Node(id="party:openai", label="OpenAI", kind="party"),
            Node(id="party:alibaba", label="Alibaba Cloud", kind="party"),
            Node(id="party:meta", label="Meta", kind="party"),
            Node(id="model:gpt-4o", label="gpt-4o", kind="model"),
            Node(id="model:gpt-4", label="gpt-4", kind="model"),
            Node(id="model:qwen", label="Qwen2.5-72B-Instruct", kind="model"),
            Node(id="channel:openai-api", label="OpenAI API (first party)", kind="channel"),
            Node(id="terms:openai/business-terms", label="Business Terms, version 2025-05-31", kind="terms"),
            Node(id="dataset:ultrafeedback", label="UltraFeedback", kind="dataset"),
            Node(id="source:gpt-4o answers", label=gpt, kind="source", verdict="block"),
            Node(id="source:paraphrased answers", label=para, kind="source", verdict="block"),
            Node(id="source:UltraFeedback (cleaned)", label="UltraFeedback (cleaned)", kind="source", verdict="review"),
            Node(id="source:support chat logs", label="support chat logs", kind="source", verdict="review"),
            Node(id="source:stack overflow answers", label="stack overflow answers", kind="source",
                 verdict="allow-with-obligations"),
            Node(id="source:hand-written dialogues", label="hand-written dialogues", kind="source", verdict="allow"),
            Node(id="base_model:meta-llama/Llama-3.1-8B", label="meta-llama/Llama-3.1-8B", kind="base",
                 verdict="allow-with-obligations"),
            *(Node(id=f"source:{n}", label=n, kind="source", verdict="review") for n in names),
            Node(id="run", label="support-assistant-v3", kind="run", verdict="block"),
        ),
        edges=(
            Edge(start="party:openai", end="model:gpt-4o", label="makes"),
            Edge(start="party:openai", end="model:gpt-4", label="makes"),
            Edge(start="party:alibaba", end="model:qwen", label="makes"),
            Edge(start="party:meta", end="base_model:meta-llama/Llama-3.1-8B", label="makes"),
            Edge(start="model:gpt-4o", end="channel:openai-api", label="reached through"),
            Edge(start="channel:openai-api", end="terms:openai/business-terms", label="governed by"),
            Edge(start="terms:openai/business-terms", end="source:gpt-4o answers", label="bound"),
            Edge(start="model:gpt-4", end="dataset:ultrafeedback", label="wrote"),
            Edge(start="dataset:ultrafeedback", end="source:UltraFeedback (cleaned)", label="cleaned"),
            Edge(start="source:gpt-4o answers", end="source:paraphrased answers", label="derived"),
            Edge(start="model:qwen", end="source:paraphrased answers", label="rewrote"),
            Edge(start="source:gpt-4o answers", end="run", label="targets"),
            Edge(start="source:paraphrased answers", end="run", label="targets"),
            Edge(start="source:UltraFeedback (cleaned)", end="run", label="preference"),
            Edge(start="source:support chat logs", end="run", label="targets"),
            Edge(start="source:stack overflow answers", end="run", label="targets"),
            Edge(start="source:hand-written dialogues", end="run", label="targets"),
            Edge(start="base_model:meta-llama/Llama-3.1-8B", end="run", label="base"),
            *(Edge(start=f"source:{n}", end="run", label=n) for n in names),
        ),
        profile="default",
        corpora=Version(sha256=SHA, records=1_412, name="2025-06"),
        rules=Version(sha256=SHA[::-1], records=39),
        inputs=(
            Evidence(says="manifest", file="clearance.yaml", sha256=SHA),
            *(Evidence(says=n, file=n, sha256=SHA) for n in names),
        ),
    )  # fmt: skip


def simple(verdict: str = "allow", sources: tuple[SourceAnswer, ...] | None = None) -> Decision:
    """A run of one source of that verdict, with nothing else to say; or of the given sources."""
    one = SourceAnswer(
        source="essays", verdict=verdict, rule="human-data", reason="People wrote them.", rows=10, share=1.0
    )
    version = Version(sha256=SHA, records=1)
    return Decision(
        id="sha256:00", verdict=verdict, run="run-1", date="2025-06-15", trainer="Acme AI", trainee="acme-7b",
        sources=(one,) if sources is None else sources, findings=(), obligations=(), missing_facts=(), remediation=(),
        exposure=(), proofs={}, nodes=(), edges=(), profile="default", corpora=version, rules=version, inputs=(),
    )  # fmt: skip


def many(number: int) -> Decision:
    """A run of `number` sources in a handful of groups, with a picture of as many nodes."""
    kinds = (
        ("block", "competing-output"), ("review", "privity-gap"), ("allow", "human-data"), ("allow", "licence-permits"),
    )  # fmt: skip
    answers, nodes, edges = [], [], []
    for i in range(number):
        verdict, rule = kinds[min(i % 50, 3)]
        name = f"shard-{i:06d}"
        answers.append(
            SourceAnswer(
                source=name, verdict=verdict, rule=rule, reason=f"What the terms say of {name}.", rows=i,
                share=1 / number, clauses=(CLAUSE,) if verdict != "allow" else (), path=("gpt-4o", name), proof="p",
            )
        )  # fmt: skip
        nodes.append(Node(id=f"source:{name}", label=name, kind="source", verdict=verdict))
        edges.append(Edge(start=f"source:{name}", end="run", label="targets"))
    base = simple("block", tuple(answers))
    run = Node(id="run", label="run-1", kind="run", verdict="block")
    return msgspec.structs.replace(base, nodes=(*nodes, run), edges=tuple(edges), proofs={"p": _proof()})

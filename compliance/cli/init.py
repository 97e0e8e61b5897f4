"""`clearance init`: a commented manifest to fill in."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance init                          write clearance.yaml here
  clearance init --trainer "Acme AI" -o runs/support/clearance.yaml
  clearance init -o -                     print it"""

TEMPLATE = """# What this training run uses. A key that is left out means "not known", never a default;
# an empty list means "known to be none". Check it with: clearance check {file}
clearance: 1
run:
  name: my-run
  date: {date}                # the day for which the run is judged
  purpose: commercial             # commercial, internal, research or evaluation
  method: finetune                # pretrain, finetune, preference, distill, merge or none
trainer:
  name: {trainer}
  affiliates: []                  # companies under common control; a stake is none
  # territory: [US]               # where the trainer acts (ISO 3166, EU, EEA)
  # monthly_active_users: [{{count: 1000000, on: 2025-06}}]
trainee:
  name: my-model
  kind: general-llm               # general-llm, code-llm, vlm, image-generator, classifier, embedding, ...
  domain: general                 # general, or the single domain in a word or two
  distributed: true               # the weights, or a product with them, are given to others
  commercial: true                # commercial use is intended or allowed
base_models:                      # [] where it is trained from scratch
  - model: Qwen/Qwen2.5-7B
    licence: Apache-2.0
agreements: []                    # written permissions and other deals with providers
sources:
  - name: answers of a teacher model
    kind: model-outputs           # dataset, model-outputs, annotations, human-data, code, ...
    licence: null                 # null: none is attached; leave the line out where you do not know
    role: targets                 # targets, logits, preference, reward, rewrite, prompts, filter, embedding, evaluation
    rows: 10000
    generated_by:
      model: gpt-4o-2024-08-06
      maker: OpenAI
      channel: first-party-api    # consumer-app, open-weights, in-house, cloud-reseller:NAME, mixed, unknown
      when: {month}               # a day, a month, or a span 2025-03/2025-06
      by_whom: trainer            # affiliate:NAME, contractor:NAME, third-party:NAME, unknown
  - name: our support tickets
    kind: human-data
    licence: own
    role: targets
    rows: 50000
    generated_by: null            # no model made it
"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "init", "write a commented manifest to fill in", EXAMPLES)
    parser.add_argument("-o", "--output", type=Path, default=Path("clearance.yaml"), help="where to write; - prints")
    parser.add_argument("--trainer", default="My company", help="who trains")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    parser.set_defaults(run=init)


def init(options: argparse.Namespace) -> int:
    """Write the manifest; a file that is there stays unless `--force` is given."""
    from compliance.errors import UnreadableFile, UsageError

    today = datetime.date.today()
    trainer = "'" + options.trainer.replace("'", "''") + "'"
    printed = str(options.output) == "-"
    file = "clearance.yaml" if printed else options.output.name
    text = TEMPLATE.format(file=file, date=today.isoformat(), month=today.isoformat()[:7], trainer=trainer)
    if printed:
        sys.stdout.write(text)
        return 0
    try:
        with options.output.open("w" if options.force else "x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{options.output} is there already", remedy="use --force, or another name with -o") from None
    except OSError as error:
        raise UnreadableFile(
            f"cannot be written: {error.strerror}", file=str(options.output), remedy="check the folder"
        ) from None
    print(f"wrote {options.output}; fill it in, then run: clearance check {options.output}")
    return 0

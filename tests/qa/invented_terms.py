"""Terms of providers that do not exist, in our own words, written out as a folder of dated texts."""

from __future__ import annotations

import json
from pathlib import Path

QUILLON_BUSINESS = """Business Agreement
==================

Effective: March 1, 2025

1. Definitions
--------------

“Results” means what the Quillon platform returns in answer to a request of the Customer.

“Narrow Purpose” means Customer using Results to build models that sort, label or rank records, if these models are not
distributed or sold to anybody outside the Customer.

2. Rules of use
---------------

2.1 Customer will not, and will not let its staff:

(a) except for a Narrow Purpose, use Results to develop or train models that compete with the products of Quillon;

(b) pull data from the platform by robots, scrapers or scripts other than through the interface meant for it;

(c) hand its access keys to anybody else.

2.2 As between the parties, Customer owns the Results, and Quillon assigns to Customer all its rights in them.

3. Data
-------

Quillon will not use Customer Data to train its models unless Customer expressly agrees. Logs are deleted after 45 days.

4. Liability
------------

THE TOTAL LIABILITY OF EACH PARTY WILL NOT EXCEED THE FEES PAID IN THE NINE MONTHS BEFORE THE CLAIM.

5. Law
------

This agreement is governed by the law of Portugal. The courts of Lisbon have exclusive jurisdiction.
"""

QUILLON_CONSUMER = """Terms of Use for Individuals
============================

Last updated: June 15, 2025

These terms are for private people who use the Quillon app.

Who may use it
--------------

You must be at least 16 years old to use the app.

What you may not do
-------------------

You may not use the app for business, but only for your own personal, non-commercial use.

You may not say that a person wrote what the app wrote.

Your conversations
------------------

We may use your conversations to train our models, unless you opt out in your account settings.

Changes
-------

We will tell you by email at least 20 days before we change these terms.
"""

BRIGHTFERN_OLD = """Brightfern Terms
================

Effective: January 10, 2024

Use of outputs
--------------

You may use outputs for any purpose, including training other models, such as by model distillation.

Law
---

These terms are governed by the law of Norway.
"""

BRIGHTFERN_NEW = """Brightfern Terms
================

Effective: May 5, 2025

Use of outputs
--------------

You must not use outputs to train, fine-tune or distil any other model without our prior written permission.

You own the outputs that you create, to the extent that the law allows it.

Publishing tests
----------------

You may not publish benchmark results of the service without our prior consent.

Ending the contract
-------------------

You can cancel your subscription at any time; it then ends with the current billing period. Payments are not refunded.

Law
---

These terms are governed by the law of Norway. Disputes go to arbitration in Oslo. You may opt out of arbitration by
writing to us within 14 days of signing up.
"""


def write_corpus(folder: Path) -> Path:
    """The folder with its manifest; returns it."""
    texts = {
        "quillon/business-agreement@2025-03-02.md": ("Quillon", "Business Agreement", QUILLON_BUSINESS, None),
        "quillon/terms-of-use@2025-06-16.md": ("Quillon", "Terms of Use", QUILLON_CONSUMER, None),
        "brightfern/terms-of-service@2024-01-11.md": ("Brightfern", "Terms of Service", BRIGHTFERN_OLD, "2025-05-06"),
        "brightfern/terms-of-service@2025-05-06.md": ("Brightfern", "Terms of Service", BRIGHTFERN_NEW, None),
    }
    lines = []
    for name, (party, kind, text, superseded) in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        record = {"file": name, "service": party, "party": party, "terms_type": kind, "superseded_on": superseded}
        record["recorded_at"] = name.rpartition("@")[2].removesuffix(".md")
        lines.append(json.dumps(record))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder

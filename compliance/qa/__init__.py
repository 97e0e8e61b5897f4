"""Questions about the terms, answered with citations; it explains and never decides.

topics      what terms speak of, as people ask for it and as clauses put it
dates       the days that a question names
question    a question read: whom it is about, which texts, which days, and what kind of answer it wants
scope       the texts in force that a question is about
retrieve    the passages that answer it
judge       what those passages say: yes, no, conditional, or nothing
answer      the answer with its citations
"""

"""The program over HTTP: the checks of the command line, the ledger, and pages for people.

app.py       the factory: create_app(settings)       settings.py   what a service is started with
roles.py     who may do what, in one table           guard.py      the one place that enforces it
store.py     tables of keys, sessions, requests      keys.py       API keys and sessions
oidc.py      tokens of a provider, jwks.py its keys  tenants.py    a ledger for each, and its part of the service
envelope.py  ids, headers, logs, faults              problems.py   the one shape of errors (RFC 9457)
metrics.py   what is counted                         metrics_folder.py  where workers count together
bodies.py    bounded reading of what is sent         deciders.py   processes that decide, work.py what they do
checks.py    /v1/checks                              once.py       one entry for a repeated request
library.py   rules and parties                       records.py    /v1/ledger
pages.py     the web pages                           openapi.py    the description of all of it
chat.py      /v1/chat, /v1/search, /v1/answers       desk.py       the process that answers, asking.py what it does
chats.py     which answers belong together           memo.py       an answer as a memo
terms.py     /v1/terms                               versions.py   what it reads
clauses.py   /v1/terms/…/clauses                    confirming.py  what people say of them
clause_queue.py  which of them wait
confirmed.py the records that checks rest on        overlays.py  those of confirmed clauses
evidence.py  /v1/evidence, uploads.py where it lies  multipart.py  files to the disk as they arrive
jobs.py      /v1/jobs, jobs_store.py their rows      runner.py     does them; hooks.py tells of their end
rechecking.py  decisions that are taken again        exposed.py    rows of the portfolio, and what nobody states
rendering.py how pages are made                      chat_pages.py, check_pages.py, terms_pages.py, clauses_pages.py
decision_memo.py, memo_pdf.py  a decision as a memo  events.py     server-sent events
client.py    `gate`, for training scripts            launch.py, trainer.py  what starts training
"""

"""The program over HTTP: the checks of the command line, the ledger, and pages for people.

app.py       the factory: create_app(settings)       settings.py   what a service is started with
roles.py     who may do what, in one table           guard.py      the one place that enforces it
store.py     tables of keys, sessions, requests      keys.py       API keys and sessions
envelope.py  ids, headers, logs, metrics, faults     problems.py   the one shape of errors (RFC 9457)
bodies.py    bounded reading of what is sent         deciders.py   processes that decide, work.py what they do
checks.py    /v1/checks                              once.py       one entry for a repeated request
library.py   rules and parties                       records.py    /v1/ledger
pages.py     the web pages                           openapi.py    the description of all of it
client.py    `gate`, for training scripts
"""

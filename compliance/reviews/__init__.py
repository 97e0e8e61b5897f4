"""Reviews and waivers: what waits for a person, who may let it pass and until when, and whether a run may start.

Every step is an entry of the ledger; the tables here repeat what the entries say, so that it is found quickly, and can
be made again from them (`project.rebuild`). A decision is never changed: leave to go on stands beside it.
"""

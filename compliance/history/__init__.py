"""Versions of terms documents, and which of their changes are real.

sync, ingest   dated versions into the database, from an archive's repository or from files
align          the units of two versions, matched across renumbering and moves
norms          what a unit forbids, permits or waives of training and competing, as comparable features
timeline       a document's versions in order: failed captures and flips set aside, real changes raised as alerts
decisions      which stored decisions cite a document that has changed since
"""

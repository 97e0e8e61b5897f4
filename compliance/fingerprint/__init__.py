"""Recognising known data sets in files, from packs of hashes that hold none of the sets' text.

rows -> parts -> shingles -> Pack          (build, merge)
rows -> shingles + Packs -> matches -> Claims (match)
"""

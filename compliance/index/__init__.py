"""Passages of the terms that we hold, found by words and by meaning.

    texts       a folder of dated texts, with provider, kind and dates
    passages    texts to passages: a clause or sentence each, with exact offsets and a header that places it
    embedder    our own embedding function, from an installed model and never from the network
    catalogue   passages, words and vectors in one SQLite file (the lexical index, and what vectors are rebuilt from)
    vectors     nearest vectors, by Chroma or by exact comparison
    search      both rankings fused

Everything here is a cache of the texts: it may be deleted at any time, and is built again from them.
"""

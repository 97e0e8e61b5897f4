"""Clauses out of terms documents: what they forbid, permit or demand of models trained on outputs.

    read_document   a file to stored text and blocks, whatever its format
    units_of        blocks to clause units, each with the lead-in that governs it
    ClausePipeline  the spaCy pipeline: segmenter, definitions, concept matchers
    Extractor       units to clauses, by a linear model over concepts, n-grams and embeddings

The offsets of a clause are code points of the stored text, which for text and Markdown is the file itself.
"""

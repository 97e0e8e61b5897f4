"""Readers of evidence: what logs, data sets, cards and configs say of models, data and licences.

A file goes one way: bytes (`content`), layers (`layers`), text (`text_stream`, `texts`) or columns (`columnar`), then
values (`json_text`, `yaml_text`, `tables`), and then the format's reader: `formats` lists them, `interface` is what
they share. What they find goes to the `collector`. `vocabulary` holds the words that mean provenance, `names` what is
known of a model's name.
"""

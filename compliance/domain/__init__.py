"""The nouns that every stage shares: verdicts, days and spans, truth values, and the manifest."""

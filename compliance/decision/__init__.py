"""The decision: facts about each use, what the rules make of them, and what would change it."""

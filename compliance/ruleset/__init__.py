"""Policy as data: the rules, their vocabulary and the profiles, loaded from `rules/` and evaluated."""

"""What files say held against what a manifest declares: every claim with its place, and where they differ."""

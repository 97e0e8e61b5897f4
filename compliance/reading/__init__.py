"""Reading of files that may be hostile: bounded in size, depth and repetition, with a line for every fault."""

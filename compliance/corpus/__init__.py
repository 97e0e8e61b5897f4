"""What is known of the world, as dated records: loaded from `corpora/`, checked, and looked up."""

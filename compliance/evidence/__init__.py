"""What people hand over, read as what it is."""

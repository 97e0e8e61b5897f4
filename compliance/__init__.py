"""Clearance: a checker that a lab runs before it trains a model."""

__version__ = "0.1.0"

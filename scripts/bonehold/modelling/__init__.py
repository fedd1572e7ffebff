"""Regression, validation and the nomogram."""

"""Sensitivity analyses: the final model under other definitions, codings and methods."""

"""Logistic models: fitted, tested, selected and kept."""

"""Figures, status and the closing lines: reads results only."""

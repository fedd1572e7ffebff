"""Time to loosening: between two visits (interval-censored), and at the visit that showed it (Kaplan-Meier, Cox)."""

"""What the patients are like, before any model."""

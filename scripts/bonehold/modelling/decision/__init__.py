"""What a model is used for: nomogram and decisions."""

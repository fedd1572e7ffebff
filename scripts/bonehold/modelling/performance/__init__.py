"""How good a model is: discrimination, calibration, optimism."""

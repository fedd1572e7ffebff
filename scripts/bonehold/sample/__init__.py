"""The sample cohort: simulated patients, a lumbar phantom, and files as a hospital exports them."""

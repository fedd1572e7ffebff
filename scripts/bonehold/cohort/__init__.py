"""From the input tables and the measurements to one row per patient."""

"""Missing values: told, filled several times by chained equations, and kept cell by cell."""

"""Pages for a look at the regions of every patient."""

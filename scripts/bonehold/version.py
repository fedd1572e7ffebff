"""The version of the software; a module of its own, so that a release reruns only what writes it."""

__version__ = "0.1.0"

"""Bonehold answers one question before spine surgery: will this bone hold the screw."""

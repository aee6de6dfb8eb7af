"""Figures derived from facts for a day. Pure functions, frames in and frames out: `as_of` is an argument, and each mart
drops what is dated after it. No input or output, no clock, no imports but contracts and policy."""

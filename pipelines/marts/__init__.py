"""Figures derived from facts for an asked day. Pure: frames in, frame out; `as_of` is an argument and every mart
drops what is dated after it. No input or output, no clock, no other room than contracts and policy."""

"""Placing one-to-one meetings: who meets whom, in which slot, at which table. Plain values in, plain values out."""

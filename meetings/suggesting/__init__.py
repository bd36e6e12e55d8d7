"""Whom to meet: plain values in, plain values out, free of the database.

`person` holds what is known of each, `pair` defines the score of two of them and its reasons, `likeness` compares
texts, `crowd` computes all pairs at once, `spreading` sees that nobody is left out.
"""

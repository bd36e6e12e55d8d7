"""Printed matter made of a programme: each function takes plain values and returns the bytes of a PDF."""

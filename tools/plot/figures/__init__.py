"""Figures of Partita: one module a kind, each with a function that gives a matplotlib Figure."""

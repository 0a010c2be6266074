"""Benchmarks: each prints its figures side by side with the peer, in one run."""

"""Figures with their floor measured in the same run; `python -m benchmarks.path` is the main one."""

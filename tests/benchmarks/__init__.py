"""How fast Passline is, as ratios: `python -m tests.benchmarks` prints one table; docs/performance.md explains it.

This side imports nothing heavy: each measurement is a process of its own (`work`), whose peak memory is its own.
"""

"""
Attacks as tests: whatever is tried, none gets in, none gets a 5xx, and nothing is changed.
"""

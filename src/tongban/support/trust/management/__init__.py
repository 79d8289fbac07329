"""
Commands of trust.
"""

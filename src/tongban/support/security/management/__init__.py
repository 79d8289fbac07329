"""
Commands of security.
"""

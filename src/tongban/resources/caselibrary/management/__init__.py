"""
Commands of the case library.
"""

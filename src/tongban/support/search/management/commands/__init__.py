"""
Commands of search.
"""

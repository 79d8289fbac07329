"""
Operator doors to search.
"""

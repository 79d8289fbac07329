"""
The outer world of one login: the OAuth library, other nodes, other providers.
"""

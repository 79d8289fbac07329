"""
Commands of identity.
"""

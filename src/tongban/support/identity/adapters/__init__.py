"""
Outside parties of identity.
"""

"""
Outside parties: the sandboxed cleaner, the virus scanner, the typesetter.
"""

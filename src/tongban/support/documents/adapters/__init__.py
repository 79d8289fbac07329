"""
Outside parties: the sandboxed cleaner and viewer, the virus scanner, the typesetter.
"""

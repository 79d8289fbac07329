"""
Commands of the base registers.
"""

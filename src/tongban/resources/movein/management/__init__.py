"""
Commands of moving in.
"""

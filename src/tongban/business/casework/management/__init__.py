"""
Commands of casework.
"""

"""
Commands of one login.
"""

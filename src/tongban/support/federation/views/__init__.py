"""
Doors of one login.
"""

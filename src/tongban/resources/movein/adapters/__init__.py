"""
How databases of old platforms are reached.
"""

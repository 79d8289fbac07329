"""
How agencies' systems are reached.
"""

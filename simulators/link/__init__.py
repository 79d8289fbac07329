"""
A line between two nodes, as bad as one likes.
"""

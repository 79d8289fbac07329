"""
What the documents say: the national tables, and how their rows are read.
"""

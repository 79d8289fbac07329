"""
How a query is understood and results are ranked: pure functions over text.
"""

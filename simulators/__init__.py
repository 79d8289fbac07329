"""
Small servers that stand in for parties outside a node. None of them is part of the product.
"""

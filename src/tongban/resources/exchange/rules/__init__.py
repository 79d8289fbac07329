"""
Pure rules of the exchange.
"""

"""
Commands of the exchange.
"""

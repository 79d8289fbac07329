"""
Pages of the desk.
"""

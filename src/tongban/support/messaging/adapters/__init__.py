"""
One module per outside party that carries messages.
"""

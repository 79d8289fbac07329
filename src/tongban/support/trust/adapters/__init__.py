"""
One module per place where keys lie, and one for outside time-stamp services.
"""

"""
Where data come from on this node: the catalogue and the base registers.
"""

"""
Pages of 我的: what belongs to the person who is logged in.
"""

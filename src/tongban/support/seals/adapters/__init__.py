"""
Ways to seal.
"""

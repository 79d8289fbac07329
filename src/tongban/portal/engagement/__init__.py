"""
我要评: ratings.
"""

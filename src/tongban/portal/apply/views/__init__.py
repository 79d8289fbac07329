"""
Pages of 我要办. Each step saves by itself; everything works without JavaScript.
"""

"""
Platforms at which people have accounts that know their real names; they log in anybody whom one types in.

A wallet, a bank, the tax office, the register of businesses.
"""

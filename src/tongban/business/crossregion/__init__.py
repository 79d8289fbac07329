"""
异地可办: a counter of one city takes applications for another city, which decides; one case, one clock.
"""

"""
我要看·我要查: home, search, guides.
"""

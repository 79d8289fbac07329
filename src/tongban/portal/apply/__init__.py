"""
我要办: the guided application.
"""

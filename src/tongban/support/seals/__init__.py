"""
电子印章: the port through which documents are sealed.
"""

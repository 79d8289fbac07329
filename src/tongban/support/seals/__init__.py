"""
电子印章: the one door through which documents are sealed.
"""

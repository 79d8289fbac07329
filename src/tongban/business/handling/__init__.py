"""
业务办理: an agency's inner procedure.
"""

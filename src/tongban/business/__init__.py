"""
业务应用层: the management platform (catalogue, casework, licences) and handling.
"""

"""
文书与文件: uploads, notices, files.
"""

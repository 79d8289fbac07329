"""
电子文件: uploads made safe, documents rendered, files handed out to those who may see them.
"""

"""
基础信息资源库: the base registers every other part of a node looks things up in.
"""

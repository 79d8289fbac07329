"""
Pages of 数据共享工作台, a module for each thing they show.
"""

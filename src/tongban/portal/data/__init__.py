"""
数据共享工作台: the room of data stewards and operators: catalogue, services, exchange, case library.
"""

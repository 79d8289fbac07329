"""
用户及服务层: what citizens, enterprises and staff meet.
"""

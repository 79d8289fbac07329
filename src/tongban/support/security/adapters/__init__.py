"""
Outside parties that alarms are brought to.
"""

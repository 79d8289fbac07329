"""
Data services: apply for data, answer questions through a gateway, prove each call.
"""

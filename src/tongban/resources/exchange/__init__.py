"""
数据交换: nodes, streams, batches, positions, receipts, reconciliation (architecture.md 8).
"""

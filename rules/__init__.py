"""What may be inferred: the rule files, their parameters, their language and its checks."""

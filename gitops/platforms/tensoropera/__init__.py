"""EDGE: TensorOpera AI through its HTTP contract, as fedml 0.9.6 speaks it. Foreign words end here."""

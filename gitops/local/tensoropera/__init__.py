"""The second face: TensorOpera's HTTP contract, as fedml 0.9.6 speaks it, on the same engine as the native one."""

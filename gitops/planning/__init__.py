"""PURE: (Desired, Live) -> Plan. No I/O, no clock; planning cannot write, it is handed models."""

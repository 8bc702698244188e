"""EDGE: adapters of the Platform port. Foreign exceptions and foreign words end here."""

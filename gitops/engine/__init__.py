"""Carries a Plan through the ports and emits Events. It formats nothing and prints nothing."""

"""Replicas as processes: started, found again, asked, ended."""

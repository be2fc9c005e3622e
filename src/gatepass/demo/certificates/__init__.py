"""Certificates for this machine: an authority for one day, and the files that servers and visitors use."""

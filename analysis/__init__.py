"""Whole videos, pictures and folders, nothing dropped."""

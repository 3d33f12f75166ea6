"""What happens to a frame: from the camera to a named expression."""

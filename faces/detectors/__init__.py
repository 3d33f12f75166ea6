"""Who finds the faces of an image, and what they share."""

"""How the network learns: labelled pictures in; weights, and how good they are, out."""

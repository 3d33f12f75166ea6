"""How the network learns: pictures with labels in, weights and the truth about them out."""

"""What other programs tell us, decoded: one file per sender, bytes to facts."""

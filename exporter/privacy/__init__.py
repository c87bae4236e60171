"""What listeners have a right to: to be forgotten, and to be told what is kept of them."""
